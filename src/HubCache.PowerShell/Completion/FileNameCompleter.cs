using System.Management.Automation;
using HubCache.Names;
using HubCache.PowerShell.Formatting;

namespace HubCache.PowerShell;

/// <summary>Completes the name of a file from what the cache knows of the repo that the line names, whether it has the file or not.</summary>
public class FileNameCompleter : CacheCompleter
{
    private protected virtual bool IsOffered(KnownFile file) => true;

    private protected override IEnumerable<CompletionResult> Complete(CacheNames caches, TypedLine line, TypedWord word)
    {
        if (line.Repo() is not HubReference repo)
        {
            yield break;
        }

        RepoType type = line.RepoType ?? repo.RepoType ?? RepoType.Model;
        foreach (KnownFile file in caches.Files(type, repo.RepoId, line.Revision(repo), word.Begins).Where(IsOffered))
        {
            yield return word.Offer(file.FileName, $"{SizeText.Of(file.Length)}, {(file.IsCached ? "in the cache" : "not in the cache")}");
        }
    }
}

/// <summary>Completes the name of a file that the cache has.</summary>
public sealed class CachedFileNameCompleter : FileNameCompleter
{
    private protected override bool IsOffered(KnownFile file) => file.IsCached;
}
