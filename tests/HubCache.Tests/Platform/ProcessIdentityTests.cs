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
        if (Me.Machine != ProcessIdentity.UnknownMachine)
        {
            Assert.False((Me with { Machine = "89abcdef", Pid = 4_194_304 }).IsProvenGone());
        }

        Assert.False((Me with { Namespace = "00000000", Pid = 4_194_304 }).IsProvenGone());
    }

    [Fact]
    public void AnotherBootIsTheSameMachineOnlyWhereItIsKnown()
    {
        var one = new ProcessIdentity("01234567", "000000000001", "0", 1, 1);
        Assert.True((one with { Boot = "000000000002" }).IsOfAnotherBootOf(one));
        Assert.False(one.IsOfAnotherBootOf(one));
        Assert.False((one with { Machine = "89abcdef", Boot = "000000000002" }).IsOfAnotherBootOf(one));

        ProcessIdentity nowhere = one with { Machine = ProcessIdentity.UnknownMachine };
        Assert.False((nowhere with { Boot = "000000000002" }).IsOfAnotherBootOf(nowhere));
    }

    [Fact]
    public void OneKernelIsOneBootAndNoTwoKnownMachines()
    {
        var one = new ProcessIdentity("01234567", "000000000001", "0", 1, 1);
        Assert.True((one with { Pid = 2, Namespace = "89abcdef" }).SharesKernelWith(one));
        Assert.False((one with { Namespace = "89abcdef" }).SharesPidsWith(one));
        Assert.True((one with { Machine = ProcessIdentity.UnknownMachine }).SharesKernelWith(one));
        Assert.False((one with { Machine = "89abcdef" }).SharesKernelWith(one));
        Assert.False((one with { Boot = "000000000002" }).SharesKernelWith(one));
    }

    [Fact]
    public void WhatIsNotKnownOfTheSystemIsNeverTheSameAsAnother()
    {
        var first = ProcessIdentity.Of(new Silent());
        var second = ProcessIdentity.Of(new Silent());

        Assert.Equal(ProcessIdentity.UnknownMachine, first.Machine);
        Assert.False(first.SharesKernelWith(second));
        Assert.False(first.IsOfAnotherBootOf(second));
    }

    [Fact]
    public void AMachineWithoutABootIsNotKnownEither()
    {
        Assert.Equal(ProcessIdentity.UnknownMachine, ProcessIdentity.Of(new Silent { Machine = "a machine" }).Machine);
        Assert.NotEqual(ProcessIdentity.UnknownMachine, ProcessIdentity.Of(new Silent { Machine = "a machine", Boot = "a boot" }).Machine);
    }

    [Fact]
    public void AZombieWritesNoMore()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // The shell becomes tail, which never waits for the child that the shell had.
        using var parent = Process.Start(
            new ProcessStartInfo("sh", ["-c", "sleep 0.1 & echo $!; exec tail -f /dev/null"]) { RedirectStandardOutput = true })!;
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

    /// <summary>A system that tells only what it is ordered to.</summary>
    private sealed class Silent : ProcessTable
    {
        public string? Machine { get; init; }

        public string? Boot { get; init; }

        public override string? MachineId() => Machine;

        public override string? BootId() => Boot;

        public override string? NamespaceId() => null;

        public override long? StartOf(int pid) => null;

        public override bool IsGone(int pid, long start) => true;
    }
}
