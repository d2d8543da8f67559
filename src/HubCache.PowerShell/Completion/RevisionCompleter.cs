using System.Globalization;
using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>Completes a revision from the refs and the snapshots of the repo that the line names.</summary>
public sealed class RevisionCompleter : CacheCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CacheNames caches, TypedLine line, TypedWord word)
    {
        if (line.Repo() is not HubReference repo)
        {
            yield break;
        }

        RepoType type = line.RepoType ?? repo.RepoType ?? RepoType.Model;
        foreach (KnownRevision revision in caches.Revisions(type, repo.RepoId).Where(revision => word.Begins(revision.Name)))
        {
            string since = revision.Since.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            yield return word.Offer(revision.Name, revision.Name == revision.CommitHash
                ? $"A commit, in the cache since {since}"
                : $"Commit {revision.CommitHash}, since {since}");
        }
    }
}
