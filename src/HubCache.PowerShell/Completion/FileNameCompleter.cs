using System.Management.Automation;
using HubCache.PowerShell.Formatting;

namespace HubCache.PowerShell;

/// <summary>
/// Completes the name of a file from what the cache knows of the repo that the line names, whether it has the file or not.
/// </summary>
public class FileNameCompleter : CacheCompleter
{
    // Nobody reads more of them, or waits longer.
    private const int MostLookedAt = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(15);

    private protected virtual bool IsOffered(KnownFile file) => true;

    private protected override IEnumerable<CompletionResult> Complete(CacheNames caches, TypedLine line, TypedWord word)
    {
        if (line.Repo() is not HubReference repo)
        {
            yield break;
        }

        RepoType type = line.RepoType ?? repo.RepoType ?? RepoType.Model;
        foreach (KnownFile file in caches
            .Files(type, repo.RepoId, line.Revision(repo), word.Begins, MostLookedAt, Patience)
            .Where(IsOffered))
        {
            string[] known = [
                file.Length is long length ? SizeText.Of(length) : file.FileName,
                .. file.IsCached is bool isCached ? [isCached ? "in the cache" : "not in the cache"] : Array.Empty<string>()
            ];
            yield return word.Offer(file.FileName, string.Join(", ", known));
        }
    }
}

/// <summary>Completes the name of a file that the cache has.</summary>
public sealed class CachedFileNameCompleter : FileNameCompleter
{
    private protected override bool IsOffered(KnownFile file) => file.IsCached != false;
}
