using System.Diagnostics;
using HubCache.Platform;
using Xunit;

namespace HubCache.Tests.Platform;

/// <summary>Whether a process still runs: proven gone, or taken for alive.</summary>
public sealed class ProcessIdentityTests
{
    private static readonly ProcessIdentity Me = ProcessIdentity.Current;

    [Fact]
    public void ThisProcessRuns() => Assert.False(Me.IsProvenGone());

    [Fact]
    public void AProcessThatEndedIsGoneAndOneThatRunsIsNot()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var sleep = Process.Start("sleep", "100");
        ProcessIdentity other = Me with { Pid = sleep.Id, Start = 0 };
        Assert.False(other.IsProvenGone());

        sleep.Kill();
        sleep.WaitForExit();
        Assert.True(other.IsProvenGone());
    }

    [Fact]
    public void AnotherStartTimeMeansThatThePidWasGivenAway()
    {
        if (OperatingSystem.IsLinux())
        {
            Assert.True((Me with { Start = Me.Start + 1 }).IsProvenGone());
        }
    }

    [Fact]
    public void OfAnotherMachineBootOrContainerNothingIsKnown()
    {
        Assert.False((Me with { Boot = "000000000000", Pid = 4_194_304 }).IsProvenGone());
        Assert.False((Me with { Namespace = "00000000", Pid = 4_194_304 }).IsProvenGone());
    }

    [Fact]
    public void AZombieWritesNoMore()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // The shell becomes tail, which never waits for the child that the shell had.
        using var parent = Process.Start(new ProcessStartInfo("sh", ["-c", "sleep 0.1 & echo $!; exec tail -f /dev/null"]) { RedirectStandardOutput = true })!;
        int child = int.Parse(parent.StandardOutput.ReadLine()!, System.Globalization.CultureInfo.InvariantCulture);
        try
        {
            ProcessIdentity zombie = Me with { Pid = child, Start = 0 };
            Assert.True(SpinWait.SpinUntil(zombie.IsProvenGone, TimeSpan.FromSeconds(10)));
            Assert.True(Directory.Exists($"/proc/{child}"));
        }
        finally
        {
            parent.Kill();
        }
    }
}
