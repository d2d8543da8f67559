using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Resolving;
using HubCache.Store;

namespace HubCache.Download;

/// <summary>
/// Resolves the names of a request once more before they are reported, and puts on the disk what others published a moment ago.
/// </summary>
/// <param name="means">What to work with.</param>
/// <param name="find">What the caches have for a file now.</param>
/// <remarks>
/// Side by side: on a network's file system every look is a round trip, and a disk answers many flushes together nearly as soon as one.
/// </remarks>
internal sealed class FinalCheck(DownloadContext means, Func<FileState, CacheHit?> find)
{
    private const int LooksInARow = 16;

    private readonly HashSet<FileIdentity> _onTheDisk = [];

    /// <summary>
    /// Gives each file what the cache has for it now: null where another tool removed it. A disk that fails is the file's error.
    /// </summary>
    public async Task LookAsync(IReadOnlyList<FileState> files)
    {
        await Task
            .WhenAll(files.Chunk(LooksInARow).Select(some => means.Threads.RunAsync(() => Array.ForEach(some, Look))))
            .ConfigureAwait(false);
        await FlushYoungAsync([
            .. files.Where(file => file is { Error: null, IsFetched: false, Hit: { ETag: not null, IsReadOnly: false } })
        ]).ConfigureAwait(false);
    }

    private void Look(FileState file)
    {
        try
        {
            // The name of a copy does not tell its hash: what was known of it before is still true of the same name.
            ETag? known = file.Hit?.ETag ?? file.Metadata?.ETag;
            file.Hit = find(file) is CacheHit found ? found with { ETag = found.ETag ?? known } : null;
        }
        catch (DiskException e)
        {
            file.Error = DiskErrors.ToHubError(e);
        }
    }

    /// <summary>
    /// Flushes each file once for the request and each folder once for all: done file by file it would cost more than all else of a request
    /// that is cached.
    /// </summary>
    private async Task FlushYoungAsync(FileState[] files)
    {
        Young[] young = await Task
            .WhenAll(files.GroupBy(file => file.Hit!.BlobPath, StringComparer.Ordinal).Select(blob => FlushBytesAsync(blob.Key, [.. blob])))
            .ConfigureAwait(false);
        young = [.. young.Where(blob => blob.Identity is not null)];
        if (young.Length == 0)
        {
            return;
        }

        try
        {
            string[] folders =
                [.. young.DistinctBy(blob => Path.GetDirectoryName(blob.Path), StringComparer.Ordinal).Select(blob => blob.Path)];
            await means.Threads
                .RunAsync(() => Array.ForEach(folders, path => YoungFile.FlushName(path, means.FlushFolder)))
                .ConfigureAwait(false);
            _onTheDisk.UnionWith(young.Select(blob => blob.Identity!.Value));
        }
        catch (DiskException e)
        {
            FileState.Fail(young.SelectMany(blob => blob.Names), DiskErrors.ToHubError(e));
        }
    }

    private async Task<Young> FlushBytesAsync(string path, FileState[] names)
    {
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
            return new Young(path, identity, names);
        }
        catch (DiskException e)
        {
            FileState.Fail(names, DiskErrors.ToHubError(e));
            return new Young(path, null, names);
        }
    }

    /// <param name="Path">The file with the bytes.</param>
    /// <param name="Identity">The file that was flushed; null when none was.</param>
    /// <param name="Names">The request's names for it.</param>
    private sealed record Young(string Path, FileIdentity? Identity, FileState[] Names);
}
