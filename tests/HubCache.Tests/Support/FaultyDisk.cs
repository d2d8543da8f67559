using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using HubCache.Platform;
using HubCache.Testing;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace HubCache.Tests.Support;

/// <summary>One call to the disk: the method, the path, and how often the method had been called by then.</summary>
internal sealed record DiskCall(string Operation, int Number, string Path, string? Target = null);

/// <summary>The real disk, with a say before each call: it may fail, or something else may happen first.</summary>
internal sealed class FaultyDisk : ForwardingDisk
{
    private static readonly Dictionary<string, string> SystemNames = new()
    {
        [nameof(CreateNew)] = "create",
        [nameof(Flush)] = "fsync",
        [nameof(FlushFolder)] = "fsync",
        [nameof(CreateSymbolicLink)] = "symlink",
        [nameof(CreateHardLink)] = "link",
        [nameof(MakeFolder)] = "mkdir",
    };

    private readonly ConcurrentDictionary<string, int> _counts = new();

    /// <summary>The methods that may throw.</summary>
    public static IReadOnlyList<string> FallibleOperations { get; } =
    [
        nameof(CreateNew),
        nameof(OpenForReading),
        nameof(OpenForAppending),
        nameof(OpenLockFile),
        nameof(Write),
        nameof(Read),
        nameof(Flush),
        nameof(FlushFolder),
        nameof(Reserve),
        nameof(Rename),
        nameof(CreateSymbolicLink),
        nameof(CreateHardLink),
        nameof(Look),
        nameof(LookThrough),
        nameof(Delete),
        nameof(MakeFolder),
        nameof(List),
    ];

    /// <summary>Those of them that change something.</summary>
    public static IReadOnlyList<string> WritingOperations { get; } =
    [
        nameof(CreateNew),
        nameof(OpenLockFile),
        nameof(Write),
        nameof(Reserve),
        nameof(Rename),
        nameof(CreateSymbolicLink),
        nameof(CreateHardLink),
        nameof(Delete),
        nameof(MakeFolder),
    ];

    /// <summary>Asked before each call; an error fails it.</summary>
    public Func<DiskCall, DiskError?>? Fault { get; set; }

    /// <summary>Done before each call, and before <see cref="Fault"/>.</summary>
    public Action<DiskCall>? Before { get; set; }

    /// <summary>What locks answer in place of the system; null asks it.</summary>
    public LockAnswer? Locks { get; set; }

    public ConcurrentQueue<DiskCall> Calls { get; } = [];

    /// <summary>Whether the call was made at which the disk was to fail.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>
    /// A disk on which one call fails; with the next number, the one after it, until <see cref="HasFailed"/> says that there was none.
    /// </summary>
    public static FaultyDisk FailingAt(Func<DiskCall, bool> isIt, DiskError error)
    {
        var disk = new FaultyDisk();
        disk.Fault = call =>
        {
            bool fails = isIt(call);
            disk.HasFailed |= fails;
            return fails ? error : null;
        };
        return disk;
    }

    /// <summary>The same for a call of one method.</summary>
    public static FaultyDisk FailingAt(string operation, int number, DiskError error)
        => FailingAt(call => call.Operation == operation && call.Number == number, error);

    /// <summary>Each method that may throw, with each of some errors as a number: test cases are written down by their values.</summary>
    public static TheoryData<string, int> Failures(params DiskError[] errors)
    {
        var cases = new TheoryData<string, int>();
        foreach (string operation in FallibleOperations)
        {
            foreach (DiskError error in errors)
            {
                cases.Add(operation, (int)error);
            }
        }

        return cases;
    }

    public override SafeFileHandle CreateNew(string path)
    {
        Enter(path);
        return base.CreateNew(path);
    }

    public override SafeFileHandle OpenForReading(string path, bool followLink)
    {
        Enter(path);
        return base.OpenForReading(path, followLink);
    }

    public override SafeFileHandle OpenForAppending(string path)
    {
        Enter(path);
        return base.OpenForAppending(path);
    }

    public override SafeFileHandle OpenLockFile(string path)
    {
        Enter(path);
        return base.OpenLockFile(path);
    }

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, string path)
    {
        Enter(path);
        base.Write(file, bytes, offset, path);
    }

    public override int Read(SafeFileHandle file, Span<byte> buffer, long offset, string path)
    {
        Enter(path);
        return base.Read(file, buffer, offset, path);
    }

    public override void Flush(SafeFileHandle file, string path)
    {
        Enter(path);
        base.Flush(file, path);
    }

    public override void FlushFolder(string path)
    {
        Enter(path);
        base.FlushFolder(path);
    }

    public override void Reserve(SafeFileHandle file, long length, string path)
    {
        Enter(path);
        base.Reserve(file, length, path);
    }

    public override void Rename(string from, string to)
    {
        Enter(from, to);
        base.Rename(from, to);
    }

    public override void CreateSymbolicLink(string path, string target)
    {
        Enter(path, target);
        base.CreateSymbolicLink(path, target);
    }

    public override void CreateHardLink(string path, string existing)
    {
        Enter(path, existing);
        base.CreateHardLink(path, existing);
    }

    public override FileFacts? Look(string path)
    {
        Enter(path);
        return base.Look(path);
    }

    public override FileFacts? LookThrough(string path)
    {
        Enter(path);
        return base.LookThrough(path);
    }

    public override FileFacts Look(SafeFileHandle file, string path)
    {
        Enter(path);
        return base.Look(file, path);
    }

    public override string? ReadLink(string path)
    {
        Enter(path);
        return base.ReadLink(path);
    }

    public override bool Delete(string path)
    {
        Enter(path);
        return base.Delete(path);
    }

    public override bool MakeFolder(string path)
    {
        Enter(path);
        return base.MakeFolder(path);
    }

    public override IReadOnlyList<string> List(string folder)
    {
        Enter(folder);
        return base.List(folder);
    }

    public override LockAnswer TryLock(SafeFileHandle file, bool exclusive, LockedPart part)
        => Locks ?? base.TryLock(file, exclusive, part);

    private void Enter(string path, string? target = null, [CallerMemberName] string operation = "")
    {
        var call = new DiskCall(operation, _counts.AddOrUpdate(operation, 1, (_, count) => count + 1), path, target);
        Calls.Enqueue(call);
        Before?.Invoke(call);
        if (Fault?.Invoke(call) is DiskError error)
        {
            throw new DiskException(
                error,
                SystemNames.GetValueOrDefault(operation, operation),
                target is not null && operation == nameof(Rename) ? target : path,
                "ordered by a test");
        }
    }
}
