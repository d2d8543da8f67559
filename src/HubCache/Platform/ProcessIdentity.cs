using System.Security.Cryptography;
using System.Text;

namespace HubCache.Platform;

/// <summary>Identifies a process, so that another one can tell whether it still runs.</summary>
/// <param name="Machine">8 hex digits for the machine, hashed; <see cref="UnknownMachine"/> where the system does not say. Clones of a
/// machine may share it.</param>
/// <param name="Boot">12 hex digits for the run of the kernel, hashed. Random where the system does not say: then no other process is taken
/// for a neighbour.</param>
/// <param name="Namespace">8 hex digits for the pid namespace, hashed: the same pid in another container is another process. 0 where there
/// are none.</param>
/// <param name="Pid">The process id within its namespace.</param>
/// <param name="Start">When the process began. Linux: clock ticks since boot, field 22 of <c>/proc/pid/stat</c>. Windows: a FILETIME. 0
/// where unknown.</param>
internal sealed record ProcessIdentity(string Machine, string Boot, string Namespace, int Pid, long Start)
{
    /// <summary>Stands for a machine whose id is not known. It is never the same as another, itself included.</summary>
    public const string UnknownMachine = "00000000";

    /// <summary>This process.</summary>
    public static ProcessIdentity Current { get; } = Of(ProcessTable.OfThisSystem);

    private bool IsMachineKnown => Machine != UnknownMachine;

    /// <summary>
    /// This process, as a system tells of it. A machine whose boot is not known is not known either: an earlier boot could not be told from
    /// this one.
    /// </summary>
    internal static ProcessIdentity Of(ProcessTable system)
    {
        string? boot = system.BootId();
        string? machine = boot is null ? null : system.MachineId();
        return new ProcessIdentity(
            machine is null ? UnknownMachine : Hash(machine, UnknownMachine.Length),
            Hash(boot ?? Guid.NewGuid().ToString(), 12),
            system.NamespaceId() is string space ? Hash(space, 8) : "0",
            Environment.ProcessId,
            system.StartOf(Environment.ProcessId) ?? 0);
    }

    /// <summary>
    /// Whether both run, or ran, under one kernel: the same boot, and not two machines of which one was copied from the other while it ran.
    /// </summary>
    public bool SharesKernelWith(ProcessIdentity other)
        => Boot == other.Boot && (Machine == other.Machine || !IsMachineKnown || !other.IsMachineKnown);

    /// <summary>Whether both have their pids from one table, so that one can ask the system for the other.</summary>
    public bool SharesPidsWith(ProcessIdentity other) => SharesKernelWith(other) && Namespace == other.Namespace;

    /// <summary>
    /// Whether this process ran in another boot of the machine that the other runs on. A clone that shares the machine id looks the same:
    /// before the process is called dead, it must be known that no other machine reaches the file.
    /// </summary>
    public bool IsOfAnotherBootOf(ProcessIdentity other) => IsMachineKnown && Machine == other.Machine && Boot != other.Boot;

    /// <summary>Whether the process certainly runs no more. False when that cannot be known from here.</summary>
    public bool IsProvenGone() => SharesPidsWith(Current) && ProcessTable.OfThisSystem.IsGone(Pid, Start);

    private static string Hash(string text, int digits)
        => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..digits].ToLowerInvariant();
}
