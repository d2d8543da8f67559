using HubCache.Model;

namespace HubCache;

/// <summary>How far one file is. Written by the transfer, and read at any time from any thread.</summary>
public sealed class FileProgress(string name, long length)
{
    private long _bytesDone;
    private long _bytesReceived;
    private long _bytesReused;
    private volatile string _activity = "Waiting";
    private volatile bool _isFinished;
    private long _waitsUntil;

    /// <summary>The path in the repo.</summary>
    public string Name { get; } = name;

    /// <summary>Bytes in the whole file.</summary>
    public long Length { get; } = length;

    /// <summary>Bytes of the file that are written; falls back to 0 when a download starts over.</summary>
    public long BytesDone => Math.Clamp(Volatile.Read(ref _bytesDone), 0, Length);

    /// <summary>Bytes that came over the network, repeated ones included.</summary>
    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <summary>
    /// Bytes that did not have to come over the network, since this disk had them: in another file, or at another place of this one.
    /// </summary>
    public long BytesReused => Volatile.Read(ref _bytesReused);

    /// <summary>What happens now, in one word or two: <c>Waiting</c>, <c>Downloading</c>, <c>Publishing</c>, <c>Copying</c>.</summary>
    public string Activity
    {
        get => _activity;
        internal set => _activity = value;
    }

    /// <summary>When the pause ends that the server asks for, by <see cref="Environment.TickCount64"/>; null where there is none.</summary>
    public long? WaitsUntil => Volatile.Read(ref _waitsUntil) is long until and > 0 ? until : null;

    /// <summary>Whether the file is done or has failed.</summary>
    public bool IsFinished
    {
        get => _isFinished;
        internal set => _isFinished = value;
    }

    /// <summary>When the transfer began.</summary>
    internal FileTimes Times { get; } = new();

    /// <summary>A pause begins that the server asks for.</summary>
    internal void WaitFor(TimeSpan pause) => Volatile.Write(ref _waitsUntil, Environment.TickCount64 + (long)pause.TotalMilliseconds);

    /// <summary>The pause is over.</summary>
    internal void GoOn() => Volatile.Write(ref _waitsUntil, 0);

    internal void Received(long bytes) => Interlocked.Add(ref _bytesReceived, bytes);

    internal void Reused(long bytes) => Interlocked.Add(ref _bytesReused, bytes);

    internal void Reached(long bytesDone) => Volatile.Write(ref _bytesDone, bytesDone);
}
