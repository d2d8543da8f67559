using HubCache.Cache;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Resolving;

namespace HubCache.Download;

/// <summary>Resolves the names of a request once more before they are reported, and puts on the disk what others published a moment ago.</summary>
/// <param name="means">What to work with.</param>
/// <param name="folder">Where the repo lies in the cache that is written to.</param>
/// <param name="find">What the caches have for a file now.</param>
/// <remarks>Side by side: on a network's file system every look is a round trip, and a disk answers many flushes together nearly as soon as one.</remarks>
internal sealed class SecondLook(DownloadMeans means, RepoFolder folder, Func<FileState, CacheHit?> find)
{
    private const int LooksInARow = 16;

    private readonly HashSet<FileIdentity> _onTheDisk = [];

    /// <summary>Gives each file what the cache has for it now: null where another tool removed it. A disk that fails is the file's error.</summary>
    public async Task LookAsync(IReadOnlyList<FileState> files)
    {
        await Task.WhenAll(files.Chunk(LooksInARow).Select(some => means.Threads.RunAsync(() => Array.ForEach(some, Look)))).ConfigureAwait(false);
        await FlushYoungAsync([.. files.Where(file => file is { Error: null, IsFetched: false, Hit: { ETag: not null, IsReadOnly: false } })]).ConfigureAwait(false);
    }

    private void Look(FileState file)
    {
        try
        {
            file.Hit = find(file);
        }
        catch (DiskException e)
        {
            file.Error = DiskErrors.ToHubError(e);
        }
    }

    /// <summary>Flushes each blob once for the request and their folder once for all: done file by file it would cost more than all else of a request that is cached.</summary>
    private async Task FlushYoungAsync(FileState[] files)
    {
        Young[] young = await Task.WhenAll(files.GroupBy(file => file.Hit!.ETag!).Select(blob => FlushBytesAsync(blob.Key, [.. blob]))).ConfigureAwait(false);
        young = [.. young.Where(blob => blob.Identity is not null)];
        if (young.Length == 0)
        {
            return;
        }

        try
        {
            await means.Threads.RunAsync(() => YoungFile.FlushName(folder.Blob(young[0].ETag), means.FlushFolder)).ConfigureAwait(false);
            _onTheDisk.UnionWith(young.Select(blob => blob.Identity!.Value));
        }
        catch (DiskException e)
        {
            FileState.Fail(young.SelectMany(blob => blob.Names), DiskErrors.ToHubError(e));
        }
    }

    private async Task<Young> FlushBytesAsync(ETag etag, FileState[] names)
    {
        string path = folder.Blob(etag);
        FileIdentity? identity = null;
        try
        {
            await means.Threads.RunAsync(() =>
            {
                identity = YoungFile.Look(means.Disk, path)?.Identity is FileIdentity young && !_onTheDisk.Contains(young) ? young : null;
                if (identity is not null)
                {
                    YoungFile.FlushBytes(means.Disk, path);
                }
            }).ConfigureAwait(false);
            return new Young(etag, identity, names);
        }
        catch (DiskException e)
        {
            FileState.Fail(names, DiskErrors.ToHubError(e));
            return new Young(etag, null, names);
        }
    }

    /// <param name="ETag">The blob.</param>
    /// <param name="Identity">The file that was flushed; null when none was.</param>
    /// <param name="Names">The request's names for it.</param>
    private sealed record Young(ETag ETag, FileIdentity? Identity, FileState[] Names);
}
