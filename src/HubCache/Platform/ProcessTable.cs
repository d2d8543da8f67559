using HubCache.Platform.Windows;

namespace HubCache.Platform;

/// <summary>What a system tells of itself and of its processes. Nothing here throws: what cannot be known is null, or "not gone".</summary>
internal abstract class ProcessTable
{
    /// <summary>The system that runs this process.</summary>
    public static ProcessTable OfThisSystem { get; } = OperatingSystem.IsWindows() ? new WindowsProcesses()
        : OperatingSystem.IsLinux() ? new LinuxProcesses()
        : new UnknownProcesses();

    /// <summary>What tells this machine from others; null where the system does not say.</summary>
    public abstract string? MachineId();

    /// <summary>What tells this run of the kernel from all others; null where the system does not say.</summary>
    public abstract string? BootId();

    /// <summary>What tells this table of pids from those of other containers; null where a kernel has only one.</summary>
    public abstract string? NamespaceId();

    /// <summary>When a process began, in the system's own unit; null where that cannot be known.</summary>
    public abstract long? StartOf(int pid);

    /// <summary>Whether a process of this kernel and this table has certainly ended.</summary>
    /// <param name="pid">Its id.</param>
    /// <param name="start">When it began; another one that has the id now began at another time. 0 where unknown.</param>
    public abstract bool IsGone(int pid, long start);

    /// <summary>macOS and whatever else: no boot is known, so no process is ever asked for.</summary>
    private sealed class UnknownProcesses : ProcessTable
    {
        public override string? MachineId() => null;

        public override string? BootId() => null;

        public override string? NamespaceId() => null;

        public override long? StartOf(int pid) => null;

        public override bool IsGone(int pid, long start) => false;
    }
}
