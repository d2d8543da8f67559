using System.Diagnostics;
using HubCache.Names;
using HubCache.Platform;

namespace HubCache.Ownership;

/// <summary>What a download works on or has just returned.</summary>
/// <param name="Commit">Its commit.</param>
/// <param name="ETags">The blobs that it needs; null when it has not said so yet, and may need any.</param>
internal sealed record RepoUse(CommitHash Commit, IReadOnlySet<string>? ETags);

/// <summary>Reads the marks of a repo.</summary>
internal sealed class RepoMarks(Disk disk, RepoPaths folder)
{
    // A mark names the blobs of one request.
    private const int LongestMark = 64 << 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Whether a removal is about to remove something of the repo.</summary>
    /// <exception cref="DiskException">The marks cannot be read.</exception>
    public bool HasRemovals => Names(RepoMark.RemovalSuffix).Any(
        name => Liveness.JudgeAtOnce(RepoMark.AsTemp(Path.Combine(folder.Locks, name))) is not { IsDead: true });

    /// <summary>The uses whose owners live, as far as anybody can tell. Marks of the dead are removed.</summary>
    /// <param name="now">Now by the file system's clock.</param>
    /// <exception cref="DiskException">They cannot be read: then nobody knows what is in use.</exception>
    public IReadOnlyList<RepoUse> Uses(DateTime now)
    {
        var uses = new List<RepoUse>();
        foreach (string name in Names(RepoMark.UseSuffix))
        {
            string path = Path.Combine(folder.Locks, name);
            Verdict? verdict = Liveness.JudgeAtOnce(RepoMark.AsTemp(path));
            if (verdict is { IsDead: true })
            {
                disk.Delete(path);
            }
            else if (disk.Look(path) is FileFacts facts
                && (verdict is not null || now - facts.Modified < ProtocolTimes.MarkSilence)
                && Read(path, name) is RepoUse use)
            {
                uses.Add(use);
            }
        }

        foreach (string path in Names(RepoMark.RemovalSuffix)
            .Select(name => Path.Combine(folder.Locks, name))
            .Where(path => Liveness.JudgeAtOnce(RepoMark.AsTemp(path)) is { IsDead: true }))
        {
            disk.Delete(path);
        }

        return uses;
    }

    /// <summary>
    /// Waits until the removals that are under way now have ended. One that shows no life for half a minute is waited for no longer.
    /// </summary>
    /// <exception cref="DiskException">They cannot be read.</exception>
    public async Task WaitForRemovalsAsync(CancellationToken cancellationToken)
    {
        foreach (string name in Names(RepoMark.RemovalSuffix))
        {
            string path = Path.Combine(folder.Locks, name);
            (DateTime seen, long changedAt) = (default, Stopwatch.GetTimestamp());
            while (Liveness.JudgeAtOnce(RepoMark.AsTemp(path)) is not { IsDead: true } && disk.Look(path) is FileFacts facts)
            {
                if (facts.Modified != seen)
                {
                    (seen, changedAt) = (facts.Modified, Stopwatch.GetTimestamp());
                }
                else if (Stopwatch.GetElapsedTime(changedAt) >= ProtocolTimes.Stale)
                {
                    break;
                }

                await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private IEnumerable<string> Names(string suffix)
        => disk.List(folder.Locks).Where(name => name.EndsWith(suffix, StringComparison.Ordinal));

    private RepoUse? Read(string path, string name)
    {
        if (CommitHash.TryParse(name.Split('.')[0]) is not CommitHash commit)
        {
            return null;
        }

        try
        {
            string[] lines = SmallText.Read(disk, path, LongestMark)?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [];
            return new RepoUse(commit, lines.LastOrDefault() == RepoMark.End ? lines[..^1].ToHashSet(StringComparer.Ordinal) : null);
        }
        catch (DiskException e) when (e.Error == DiskError.NotFound)
        {
            return null;
        }
        catch (DiskException)
        {
            return new RepoUse(commit, null);
        }
    }
}
