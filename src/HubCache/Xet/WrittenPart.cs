using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Xet;

/// <summary>What has been written of a file so far: the temp of its transfer, which is another one after starting over.</summary>
internal sealed class WrittenPart : ILocalBytes
{
    /// <summary>The temp at this moment; null before there is one.</summary>
    public Func<Temp>? Temp { get; set; }

    public long Length => Temp?.Invoke().Length ?? 0;

    /// <summary>The same bytes under a handle of their own, which stays when the temp goes; null when there are none.</summary>
    public BlobBytes? Keep(Disk disk) => Temp?.Invoke() is Temp temp ? BlobBytes.TryOpen(disk, temp.Path, temp.Length) : null;

    public int Read(Span<byte> buffer, long offset)
    {
        try
        {
            return Temp is { } temp ? temp().Read(buffer, offset) : 0;
        }
        catch (Exception e) when (e is DiskException or ObjectDisposedException)
        {
            return 0;
        }
    }
}
