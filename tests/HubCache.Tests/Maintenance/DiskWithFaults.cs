using HubCache.Platform;
using HubCache.Testing;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Tests.Maintenance;

/// <summary>The real disk, except where a test says otherwise.</summary>
internal sealed class DiskWithFaults : ForwardingDisk
{
    /// <summary>Answers, for an operation and a path, the error to fail with, or null.</summary>
    public Func<string, string, DiskError?> Fault { get; init; } = (_, _) => null;

    /// <summary>Every operation with its path, in order.</summary>
    public List<(string Operation, string Path)> Calls { get; } = [];

    /// <summary>Runs before a deletion: what another process does at the worst moment.</summary>
    public Action BeforeDelete { get; init; } = () => { };

    public TimeSpan ClockIsAheadBy { get; init; }

    public bool? Local { get; init; }

    public override SafeFileHandle CreateNew(string path) => Try("create", path).CreateNew(path);

    public override SafeFileHandle OpenForReading(string path, bool followLink) => Try("open", path).OpenForReading(path, followLink);

    public override int Read(SafeFileHandle file, Span<byte> buffer, long offset, string path)
        => Try("read", path).Read(file, buffer, offset, path);

    public override void FlushFolder(string path) => Try("fsync", path).FlushFolder(path);

    public override void CreateSymbolicLink(string path, string target) => Try("symlink", path).CreateSymbolicLink(path, target);

    public override string? ReadLink(string path) => Try("readlink", path).ReadLink(path);

    public override FileFacts? Look(string path) => Try("look", path).Look(path);

    public override FileFacts? LookThrough(string path) => Try("look", path).LookThrough(path);

    public override FileFacts Look(SafeFileHandle file, string path)
    {
        FileFacts facts = base.Look(file, path);
        return facts with { Modified = facts.Modified + ClockIsAheadBy };
    }

    public override bool Delete(string path)
    {
        BeforeDelete();
        return Try("delete", path).Delete(path);
    }

    public override IReadOnlyList<string> List(string folder) => Try("list", folder).List(folder);

    public override bool IsLocal(string folder) => Local ?? base.IsLocal(folder);

    private Disk Try(string operation, string path)
    {
        Calls.Add((operation, path));
        return Fault(operation, path) is DiskError error
            ? throw new DiskException(error, operation, path, "as the test ordered")
            : OfThisSystem;
    }
}
