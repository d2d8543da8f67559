using System.Diagnostics;
using System.Globalization;
using HubCache.Platform;

namespace HubCache.Tests.Maintenance;

/// <summary>A real process whose temps a test can leave behind.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process, int pid)
    {
        _process = process;
        Identity = ProcessIdentity.Current with { Pid = pid, Start = StartOf(pid) };
    }

    public ProcessIdentity Identity { get; }

    public static ChildProcess Running()
    {
        Process process = Process.Start("sleep", "60");
        return new ChildProcess(process, process.Id);
    }

    /// <summary>A process that has ended and that its parent, a sleep, never asks about.</summary>
    public static ChildProcess Zombie()
    {
        var how = new ProcessStartInfo("sh", ["-c", "sleep 0.05 & echo $!; exec sleep 60"]) { RedirectStandardOutput = true };
        Process parent = Process.Start(how)!;
        int pid = int.Parse(parent.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        var child = new ChildProcess(parent, pid);
        SpinWait.SpinUntil(() => Fields(pid)[0] == "Z", TimeSpan.FromSeconds(30));
        return child;
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private static long StartOf(int pid) => long.Parse(Fields(pid)[19], CultureInfo.InvariantCulture);

    private static string[] Fields(int pid)
    {
        string stat = File.ReadAllText($"/proc/{pid}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }
}
