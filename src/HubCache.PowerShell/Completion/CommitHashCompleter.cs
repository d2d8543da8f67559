using System.Globalization;
using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>Completes a commit from the snapshots of the repo that the line names.</summary>
public sealed class CommitHashCompleter : CacheCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CacheNames caches, TypedLine line, TypedWord word)
    {
        if (line.Repo() is not HubReference repo)
        {
            yield break;
        }

        RepoType type = line.RepoType ?? repo.RepoType ?? RepoType.Model;
        foreach (IGrouping<string, KnownRevision> commit in caches
            .Revisions(type, repo.RepoId)
            .GroupBy(revision => revision.CommitHash)
            .Where(commit => word.Begins(commit.Key)))
        {
            string since = commit.First().Since.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            string names = string.Join(", ", commit.Select(revision => revision.Name).Where(name => name != commit.Key));
            yield return word.Offer(commit.Key, $"{(names.Length > 0 ? names : "A commit")}, in the cache since {since}");
        }
    }
}
