using HubCache.Blobs;
using HubCache.Platform;
using HubCache.Store;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Maintenance.Checking;

/// <summary>Compares the bytes of many files with their names: several at once, the longest first.</summary>
internal sealed class BlobHashing(Disk disk)
{
    // Small enough to stay in a processor's own cache between the read and the hash.
    private const int Block = 256 << 10;

    // Large enough that handing it from one thread to another costs nothing beside it.
    private const int BlockAhead = 1 << 20;

    private readonly int _atOnce = Math.Max(1, Environment.ProcessorCount);

    /// <summary>
    /// Whether a block is read while the one before it is hashed: that helps while there are fewer files than processors, and costs where
    /// there are not.
    /// </summary>
    private bool _readsAhead = true;

    /// <summary>Does the jobs. Of several that are one file with the same names, one is done, and answered for all.</summary>
    /// <param name="jobs">What to hash, with how far it is, and who takes what is wrong: from any thread, but never two at once.</param>
    /// <param name="cancellationToken">Ends it between two blocks.</param>
    public async Task RunAsync(
        IReadOnlyList<(HashJob Job, FileProgress Progress, Action<Finding> Answer)> jobs, CancellationToken cancellationToken)
    {
        var answering = new object();
        var files = jobs.GroupBy(each => (Key: each.Job.Facts.KeyOr(each.Job.Path), Names: string.Join(' ', each.Job.Names)))
            .Select(group => group.ToList())
            .OrderByDescending(group => group[0].Job.Facts.Length)
            .ToList();
        _readsAhead = files.Count < _atOnce;
        var options = new ParallelOptions { MaxDegreeOfParallelism = _atOnce, CancellationToken = cancellationToken };

        // Files are taken one by one: a partitioner that hands out several keeps the last processor busy alone.
        await Parallel.ForEachAsync(files, options, async (group, token) =>
        {
            HashJob job = group[0].Job;
            Func<HashJob, Finding?> judge;
            try
            {
                bool isRight = await IsRightAsync(job, group[0].Progress, token).ConfigureAwait(false);
                judge = each => isRight ? each.IfRight : each.IfWrong;
            }
            catch (DiskException e) when (e.Error == DiskError.NotFound)
            {
                // Another process removed it meanwhile.
                judge = _ => null;
            }
            catch (DiskException e)
            {
                judge = each => each.IfUnreadable($"cannot be read ({e.Message})");
            }

            lock (answering)
            {
                foreach ((HashJob each, FileProgress progress, Action<Finding> answer) in group)
                {
                    progress.Reached(progress.Length);
                    progress.IsFinished = true;
                    if (judge(each) is Finding finding)
                    {
                        answer(finding);
                    }
                }
            }
        }).ConfigureAwait(false);
    }

    private async Task<bool> IsRightAsync(HashJob job, FileProgress progress, CancellationToken cancellationToken)
    {
        progress.Activity = "Hashing";
        foreach (ETag name in job.Names)
        {
            if (await HasHashAsync(job.Path, name, progress, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a file has the hash that an etag names, a link to the shared store followed.</summary>
    public async Task<bool> HasHashAsync(string path, ETag name, FileProgress? progress, CancellationToken cancellationToken)
    {
        using SafeFileHandle file = disk.OpenForReading(path, followLink: true);
        long length = disk.Look(file, path).Length;
        using var hash = new BlobHash(name, length);
        int block = (int)Math.Clamp(length, 1, _readsAhead ? BlockAhead : Block);
        byte[] front = new byte[block];
        byte[] back = _readsAhead && length > block ? new byte[block] : front;
        int read = disk.Read(file, front, 0, path);
        long offset = 0;
        while (read > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long next = offset + read;
            (byte[] spare, byte[] full) = (back, front);
            Task<int>? reading = spare != full ? Task.Run(() => disk.Read(file, spare, next, path), CancellationToken.None) : null;
            hash.Append(full.AsSpan(0, read));
            progress?.Received(read);
            progress?.Reached(next);
            read = reading is null ? disk.Read(file, spare, next, path) : await reading.ConfigureAwait(false);
            (offset, front, back) = (next, spare, full);
        }

        return offset == length && hash.Matches();
    }
}
