using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>
/// <para type="synopsis">Lists the repos in a hub cache.</para>
/// <para type="description">Sizes count each blob once; incomplete files are counted apart. What is broken in a repo is listed
/// in its Problems and hides nothing else.</para>
/// </summary>
[Cmdlet(VerbsCommon.Get, "HubCache")]
[OutputType(typeof(CachedRepo))]
public sealed class GetHubCacheCommand : RepoPatternCmdlet
{
    private protected override void OnRecord()
    {
        string cache = Cache;
        IReadOnlyList<RepoFilter> filters = Filters();
        var found = new HashSet<RepoFilter>();
        foreach (CachedRepo repo in filters.Count == 0
            ? []
            : CacheScan.Repos(cache, (id, type) => filters.Any(filter => filter.Matches(id, type)), StopToken))
        {
            found.UnionWith(filters.Where(filter => filter.Matches(repo.RepoId, repo.RepoType)));
            WriteObject(repo);
        }

        foreach (RepoFilter missing in filters.Where(filter => filter.IsExact && !found.Contains(filter)))
        {
            Report(NotCached(missing.RepoId, cache));
        }
    }

    private static HubCacheException NotCached(string repoId, string cache) => new(
        HubErrorCode.NotCached,
        $"'{repoId}' is not in the cache {cache}.",
        repoId,
        "Fetch it with Save-HubFile, or list what is there with Get-HubCache; -CachePath names another cache.");
}
