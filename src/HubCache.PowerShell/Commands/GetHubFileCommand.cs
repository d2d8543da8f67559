using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>
/// <para type="synopsis">Says where files of a repo lie in the hub cache.</para>
/// <para type="description">The Hub is not asked, nothing is written, and nothing is hashed. One object is emitted for each file, as by
/// Save-HubFile. What the cache does not hold is an error: NotCached, or HubFileNotFound where it is known that the repo has no such
/// file.</para>
/// </summary>
[Cmdlet(VerbsCommon.Get, "HubFile")]
[OutputType(typeof(CachedFile))]
public sealed class GetHubFileCommand : CachedSnapshotCmdlet
{
    private readonly Dictionary<GroupKey, CachedFiles> _known = [];
    private IReadOnlyList<string> _readOnlyCaches = [];

    /// <summary>
    /// <para type="description">Caches that are searched before the cache folder. What the environment says when it is not given:
    /// HUBCACHE_READONLY_CACHES.</para>
    /// </summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[]? ReadOnlyCachePath { get; set; }

    private protected override string[]? GivenReadOnlyCaches => ReadOnlyCachePath;

    private protected override void OnBegin()
    {
        base.OnBegin();
        _readOnlyCaches = ReadOnlyCaches.ThatAreThere(this, NamedReadOnlyCaches);
    }

    private protected override void OnRecord()
    {
        HubTarget target = Target();
        var key = new GroupKey(
            CacheFolder,
            target.RepoType ?? HubCache.RepoType.Model,
            target.RepoId,
            target.Revision ?? HubCache.Revision.Main,
            target.Commit);
        foreach (DownloadOutcome outcome in Known(key).Find(Files(target, Attempt)))
        {
            if (outcome.File is CachedFile file)
            {
                WriteObject(file.WithPSPath());
            }
            else
            {
                Report(outcome.Error!);
            }
        }
    }

    /// <summary>What is known of a repo at a revision, read once for all records that ask for it.</summary>
    private CachedFiles Known(GroupKey key)
    {
        if (!_known.TryGetValue(key, out CachedFiles? known))
        {
            var request = new DownloadRequest
            {
                RepoId = key.RepoId,
                RepoType = key.RepoType,
                Revision = key.Revision,
                Commit = key.Commit,
                Exclude = Excluded
            };
            _known.Add(key, known = new CachedFiles(request, key.CacheFolder ?? Cache, _readOnlyCaches, new VerboseObserver(this)));
        }

        return known;
    }
}
