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
        var filter = new RepoFilter(RepoId, RepoType);
        bool isFound = false;
        foreach (CachedRepo repo in CacheScan.Repos(cache, filter.Matches, StopToken))
        {
            isFound = true;
            WriteObject(repo);
        }

        if (!isFound && filter.IsExact)
        {
            throw new HubCacheException(
                HubErrorCode.NotCached,
                $"'{filter.RepoId}' is not in the cache {cache}.",
                filter.RepoId,
                "Fetch it with Save-HubFile, or list what is there with Get-HubCache; -CachePath names another cache.");
        }
    }
}
