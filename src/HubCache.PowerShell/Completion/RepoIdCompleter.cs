using System.Diagnostics;
using System.Management.Automation;
using HubCache.PowerShell.Formatting;

namespace HubCache.PowerShell;

/// <summary>Completes a repo id from the repos in the cache.</summary>
public sealed class RepoIdCompleter : CacheCompleter
{
    // Sizes are nice to have, and only as long as nobody waits for them.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(15);
    private const int MostBlobs = 200;

    private protected override IEnumerable<CompletionResult> Complete(CacheNames caches, TypedLine line, TypedWord word)
    {
        long began = Stopwatch.GetTimestamp();
        foreach (KnownRepo repo in caches.Repos(
            (id, type) => (line.RepoType is null || type == line.RepoType) && (word.Begins(id) || word.Begins(Form(type, id, line)))))
        {
            long? size = Stopwatch.GetElapsedTime(began) < Patience ? caches.SizeOf(repo, MostBlobs) : null;
            yield return word.Offer(
                Form(repo.RepoType, repo.RepoId, line),
                $"{repo.RepoType} {repo.RepoId}{(size is long bytes ? $", {SizeText.Of(bytes)}" : string.Empty)}");
        }
    }

    /// <summary>The form that means this very repo, where the line does not say the type otherwise.</summary>
    private static string Form(RepoType type, string id, TypedLine line)
        => type == RepoType.Model || line.RepoType is not null ? id : $"{type.ToString().ToLowerInvariant()}s/{id}";
}
