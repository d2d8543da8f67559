using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>
/// <para type="synopsis">Says where files of a repo lie in the hub cache.</para>
/// <para type="description">The Hub is not asked, nothing is written, and nothing is hashed. One object is emitted for each file, as by
/// Save-HubFile. What the cache does not hold is an error: NotCached, or HubFileNotFound where it is known that the repo has no such file.</para>
/// </summary>
[Cmdlet(VerbsCommon.Get, "HubFile")]
[OutputType(typeof(CachedFile))]
public sealed class GetHubFileCommand : HubCmdlet
{
    private readonly Dictionary<GroupKey, CachedFiles> _known = [];
    private IReadOnlyList<string> _readOnlyCaches = [];
    private bool _isTyped;

    /// <summary><para type="description">The repo: name, namespace/name, datasets/namespace/name, the address of a page, or hf://namespace/name@revision/path.</para></summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [HubAddress]
    [ArgumentCompleter(typeof(RepoIdCompleter))]
    public string RepoId { get; set; } = null!;

    /// <summary><para type="description">Files, as paths inside the repo, or patterns for some. All files when it is not given.</para></summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(CachedFileNameCompleter))]
    public string[]? FileName { get; set; }

    /// <summary><para type="description">The kind of repo.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [RepoTypeName]
    public RepoType RepoType { get; set; } = RepoType.Model;

    /// <summary><para type="description">A branch, a tag, refs/pr/N, or a full commit hash.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(RevisionCompleter))]
    public string? Revision { get; set; }

    /// <summary><para type="description">The commit to take the files from, in place of what the cache knows of the revision.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? CommitHash { get; set; }

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
        _isTyped = FileName is not null;
        _readOnlyCaches = ReadOnlyCaches.ThatAreThere(this, NamedReadOnlyCaches);
    }

    private protected override void OnRecord()
    {
        RepoTypeNameAttribute.Check(RepoType);
        HubTarget target = HubTarget.Read(RepoId, IsGiven(nameof(RepoType)) ? RepoType : null, Revision, CommitHash, HubEnvironment.EndpointIfAny());
        var key = new GroupKey(CacheFolder, target.RepoType ?? HubCache.RepoType.Model, target.RepoId, target.Revision ?? Names.Revision.Main, target.Commit);
        foreach (DownloadOutcome outcome in Known(key).Find(target.Files(FileName, _isTyped, Attempt)))
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
            var request = new DownloadRequest { RepoId = key.RepoId, RepoType = key.RepoType, Revision = key.Revision, Commit = key.Commit };
            _known.Add(key, known = new CachedFiles(request, key.CacheFolder ?? Cache, _readOnlyCaches, new VerboseObserver(this)));
        }

        return known;
    }
}
