using HubCache.Platform;
using HubCache.Testing;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Tests.Maintenance;

/// <summary>The real disk with a file system's oddities, each to be ordered by itself.</summary>
internal sealed class OddDisk : ForwardingDisk
{
    public bool IsFlushable { get; init; } = true;

    public DiskError? FlushError { get; init; }

    public bool IgnoresCase { get; init; }

    public TimeSpan ClockAhead { get; init; }

    public bool KeepsSecondsOnly { get; init; }

    public int LongestName { get; init; } = 255;

    public UnixFileMode? Parent { get; init; }

    /// <summary>Done in place of a rename.</summary>
    public Action<string, string>? RenameInstead { get; init; }

    public override SafeFileHandle CreateNew(string path)
    {
        return Path.GetFileName(path).Length <= LongestName
            ? base.CreateNew(Named(path))
            : throw new DiskException(DiskError.Other, "create", path, "too long");
    }

    public override FileFacts? Look(string path)
    {
        return base.Look(Named(path)) is FileFacts facts ? facts with { Modified = Stamp(facts.Modified) } : null;
    }

    public override bool CanFlush(SafeFileHandle file, string path)
        => FlushError is DiskError error ? throw new DiskException(error, "fsync", path, "ordered by a test") : IsFlushable;

    public override bool CanFlushFolder(string path) => IsFlushable;

    public override UnixFileMode? Mode(string path)
        => Parent is UnixFileMode mode && !path.Contains(".incomplete", StringComparison.Ordinal) ? mode : base.Mode(path);

    public override void Rename(string from, string to)
    {
        if (RenameInstead is null)
        {
            base.Rename(from, to);
        }
        else
        {
            RenameInstead(from, to);
        }
    }

    private string Named(string path)
        => IgnoresCase && Path.GetFileName(path) == "cASE" ? Path.Combine(Path.GetDirectoryName(path)!, "Case") : path;

    private DateTime Stamp(DateTime time)
    {
        DateTime moved = time + ClockAhead;
        return KeepsSecondsOnly ? new DateTime(moved.Ticks - (moved.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc) : moved;
    }
}
