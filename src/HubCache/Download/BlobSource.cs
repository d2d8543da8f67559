using HubCache.Names;
using HubCache.Transfer;
using HubCache.Xet;

namespace HubCache.Download;

/// <summary>Where the bytes of one blob come from: HTTP, or Xet and HTTP for each other.</summary>
internal sealed class BlobSource : IDisposable
{
    private readonly IDisposable _owned;
    private readonly HubByteSource? _either;

    private BlobSource(HttpByteSource http) => (Bytes, _owned) = (http, http);

    private BlobSource(HubByteSource either) => (Bytes, _owned, _either) = (either, either, either);

    /// <summary>What the transfer asks.</summary>
    public IByteSource Bytes { get; }

    /// <summary>Chooses by what the caller wants, the Hub says and the host can.</summary>
    public static BlobSource For(
        DownloadContext means, ByteRequest request, WrittenPart written, FileProgress progress, IDownloadObserver observer)
    {
        HubOptions options = means.Options;
        var choice = TransportChoice.For(options.Transport, options.Endpoint, progress.Name, request.Metadata, means.Xet is not null);
        observer.Note(choice.ToString());
        var http = new HttpByteSource(means.Connection, request, means.AnswerPatience);
        if (means.Xet is not XetContext xet || request.Metadata.Xet is not XetHash hash || choice is { IsXet: false, IsFixed: true })
        {
            return new BlobSource(http);
        }

        var file =
            new XetFile(progress.Name, hash, request.Metadata.Length, xet.Tokens.For(request.Type, request.Repo, request.Metadata.Commit));
        return new BlobSource(new HubByteSource(
            new XetByteSource(xet, file, means.Disk, written, means.Chunks, progress, means.Budget.Limit), http, choice, observer.Note));
    }

    /// <summary>Learns where the file may be cut.</summary>
    /// <param name="position">The first byte that is wanted.</param>
    /// <param name="cancellationToken">Ends the requests.</param>
    public Task PrepareAsync(long position, CancellationToken cancellationToken)
        => _either?.PrepareAsync(position, cancellationToken) ?? Task.CompletedTask;

    /// <summary>Keeps what it learned of the file's chunks, for files that share some of them.</summary>
    public void KeepChunks(DownloadContext means, RepoPaths folder, ETag etag)
    {
        if (_either?.Chunks() is ChunkList chunks)
        {
            means.Chunks.Keep(folder, etag, chunks);
        }
    }

    public void Dispose() => _owned.Dispose();
}
