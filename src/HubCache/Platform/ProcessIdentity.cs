using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace HubCache.Platform;

/// <summary>Who a process is, so that another one can tell whether it still runs.</summary>
/// <param name="Boot">12 hex digits for the machine and its boot, hashed. Random where the system tells no boot id, so that nobody is taken for a neighbour by mistake.</param>
/// <param name="Namespace">8 hex digits for the pid namespace, hashed: the same pid in another container is another process.</param>
/// <param name="Pid">The process id within its namespace.</param>
/// <param name="Start">When the process began, in clock ticks since boot: field 22 of <c>/proc/pid/stat</c>, raw; 0 where the system has none.</param>
internal sealed record ProcessIdentity(string Boot, string Namespace, int Pid, long Start)
{
    /// <summary>This process.</summary>
    public static ProcessIdentity Current { get; } = new(
        BootHash(), NamespaceHash(), Environment.ProcessId, ReadStat(Environment.ProcessId)?.Start ?? 0);

    /// <summary>Whether the process certainly runs no more. False when that cannot be known from here.</summary>
    public bool IsProvenGone()
    {
        if (Boot != Current.Boot || Namespace != Current.Namespace || OperatingSystem.IsWindows())
        {
            return false;
        }

        if (LibC.Kill(Pid, 0) != 0 && Marshal.GetLastPInvokeError() == LibC.NoSuchProcess)
        {
            return true;
        }

        // A zombie or dead process writes no more; another start time means that the pid was given to somebody else.
        return ReadStat(Pid) is { } stat && (stat.State is 'Z' or 'X' or 'x' || (Start != 0 && stat.Start != Start));
    }

    /// <summary>Whether <c>/proc</c> shows our own pid namespace: with <c>unshare --pid</c> alone it goes on showing the one above, where our pids are strangers.</summary>
    private static bool IsProcOurs()
    {
        try
        {
            return new FileInfo("/proc/self").LinkTarget == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static (char State, long Start)? ReadStat(int pid)
    {
        if (!IsProcOurs())
        {
            return null;
        }

        try
        {
            string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));

            // The second field is the program's name in brackets and may itself hold spaces and brackets.
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static string BootHash()
    {
        string? boot = ReadText("/proc/sys/kernel/random/boot_id");
        return boot is null ? Hash(Guid.NewGuid().ToString(), 12) : Hash($"{ReadText("/etc/machine-id")}|{boot}", 12);
    }

    private static string NamespaceHash()
    {
        string? space = null;
        try
        {
            space = new FileInfo("/proc/self/ns/pid").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without /proc the boot is unknown as well, and so nobody is taken for a neighbour.
        }

        return Hash(space ?? string.Empty, 8);
    }

    private static string? ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Hash(string text, int digits)
    {
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..digits].ToLowerInvariant();
    }
}
