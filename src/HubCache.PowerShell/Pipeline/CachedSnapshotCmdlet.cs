using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>What the cmdlets share that name files of repos in the cache, and ask nobody else for them.</summary>
/// <remarks>
/// The parameters are those of <see cref="HubSelectionCmdlet"/>, but for the names that complete: that one asks the Hub, and these do not.
/// </remarks>
public abstract class CachedSnapshotCmdlet : HubCmdlet
{
    private bool _isTyped;

    private protected CachedSnapshotCmdlet()
    {
    }

    /// <summary>
    /// <para type="description">The repo: name, namespace/name, datasets/namespace/name, the address of a page, or
    /// hf://namespace/name@revision/path.</para>
    /// </summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [HubAddress]
    [ArgumentCompleter(typeof(RepoIdCompleter))]
    public string RepoId { get; set; } = null!;

    /// <summary>
    /// <para type="description">Files, as paths inside the repo, or patterns for some. All files when it is not given.</para>
    /// </summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(CachedFileNameCompleter))]
    public string[]? FileName { get; set; }

    /// <summary><para type="description">Patterns for files to leave out.</para></summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(CachedFileNameCompleter))]
    public string[]? Exclude { get; set; }

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

    /// <summary>
    /// <para type="description">The commit to take the files from, in place of what the cache knows of the revision.</para>
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(CommitHashCompleter))]
    public string? CommitHash { get; set; }

    private protected IReadOnlyList<HubCache.FilePattern> Excluded { get; private set; } = [];

    private protected override void OnBegin()
    {
        // What is bound before the first record was typed; what a record brings is a name, whatever characters are in it.
        _isTyped = FileName is not null;
        Excluded = [.. (Exclude ?? []).Select(HubCache.FilePattern.Parse)];
    }

    /// <summary>What the record at hand names.</summary>
    /// <exception cref="HubCacheException">A part is wrong, or said twice and differently.</exception>
    private protected HubTarget Target()
    {
        RepoTypeNameAttribute.Check(RepoType);
        return HubTarget.Read(RepoId, IsGiven(nameof(RepoType)) ? RepoType : null, Revision, CommitHash, HubEnvironment.EndpointIfAny());
    }

    /// <summary>The files of a target; all of them when neither it nor the record names any.</summary>
    /// <param name="target">What the record names.</param>
    /// <param name="attempt">Runs what is done for one of them, and reports its failure.</param>
    private protected IReadOnlyList<HubCache.FileSelector> Files(HubTarget target, Action<Action> attempt)
        => target.Files(FileName, _isTyped, attempt);
}
