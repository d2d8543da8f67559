using System.Globalization;
using System.Runtime.InteropServices;

namespace HubCache.Platform;

/// <summary>What <c>/proc</c> and <c>/etc/machine-id</c> tell.</summary>
internal sealed class LinuxProcesses : ProcessTable
{
    private static readonly string[] MachineIdFiles = ["/etc/machine-id", "/var/lib/dbus/machine-id"];

    /// <summary>
    /// 32 hex digits (machine-id(5)). An image that was not started yet has an empty file, or one that says <c>uninitialized</c>.
    /// </summary>
    public override string? MachineId()
    {
        return MachineIdFiles
            .Select(ReadText)
            .FirstOrDefault(id => id is { Length: 32 } && id.All(char.IsAsciiHexDigit) && id.Any(digit => digit != '0'));
    }

    public override string? BootId() => ReadText("/proc/sys/kernel/random/boot_id") is { Length: > 0 } id ? id : null;

    /// <summary>Where it cannot be read the namespace is like no other.</summary>
    public override string? NamespaceId()
    {
        try
        {
            return new FileInfo("/proc/self/ns/pid").LinkTarget ?? Guid.NewGuid().ToString();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Guid.NewGuid().ToString();
        }
    }

    public override long? StartOf(int pid) => ReadStat(pid)?.Start;

    public override bool IsGone(int pid, long start)
    {
        if (LibC.Kill(pid, 0) != 0 && Marshal.GetLastPInvokeError() == LibC.NoSuchProcess)
        {
            return true;
        }

        // A zombie or dead process writes no more; another start time means that the pid now belongs to another process.
        return ReadStat(pid) is { } stat && (stat.State is 'Z' or 'X' or 'x' || (start != 0 && stat.Start != start));
    }

    /// <summary>
    /// Whether <c>/proc</c> shows our own pid namespace: with <c>unshare --pid</c> alone it goes on showing the one above, where our pids
    /// are strangers.
    /// </summary>
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
}
