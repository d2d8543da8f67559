using HubCache.Cache;
using HubCache.Platform;

namespace HubCache.Xet;

/// <summary>What has been written of a file so far: the temp of its transfer, which is another one after starting over.</summary>
internal sealed class WrittenPart : ILocalBytes
{
    /// <summary>The temp at this moment; null before there is one.</summary>
    public Func<Temp>? Temp { get; set; }

    public long Length => Temp?.Invoke().Length ?? 0;

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
