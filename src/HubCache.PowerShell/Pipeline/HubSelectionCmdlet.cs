using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>
/// What the cmdlets share that name files of repos on the Hub: they gather what is piped in, and ask for it together in the end.
/// </summary>
public abstract class HubSelectionCmdlet : HubConnectionCmdlet
{
    private bool _isTyped;
    private IReadOnlyList<FilePattern> _exclude = [];
    private IReadOnlyList<string> _readOnlyCaches = [];
    private Uri? _hub;

    private protected HubSelectionCmdlet()
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
    public virtual string RepoId { get; set; } = null!;

    /// <summary>
    /// <para type="description">Files, as paths inside the repo, or patterns for some. All files when it is not given.</para>
    /// </summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(FileNameCompleter))]
    public string[]? FileName { get; set; }

    /// <summary><para type="description">Patterns for files to leave out.</para></summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(FileNameCompleter))]
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
    /// <para type="description">The commit to take the files from, in place of asking the Hub what the revision stands for now.</para>
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(CommitHashCompleter))]
    public string? CommitHash { get; set; }

    /// <summary>
    /// <para type="description">Caches that are searched before the cache folder, and never written to. What the environment says when it
    /// is not given: HUBCACHE_READONLY_CACHES.</para>
    /// </summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[]? ReadOnlyCachePath { get; set; }

    private protected override string[]? GivenReadOnlyCaches => ReadOnlyCachePath;

    private protected DownloadBatch Batch { get; } = new();

    private protected override void OnBegin()
    {
        // What is bound before the first record was typed; what a record brings is a name, whatever characters are in it.
        _isTyped = FileName is not null;
        _exclude = [.. (Exclude ?? []).Select(FilePattern.Parse)];
        _readOnlyCaches = ReadOnlyCaches.ThatAreThere(this, NamedReadOnlyCaches);
        _hub = Endpoint ?? HubEnvironment.EndpointIfAny();
    }

    private protected override void OnRecord()
    {
        RepoTypeNameAttribute.Check(RepoType);
        HubTarget target = HubTarget.Read(RepoId, IsGiven(nameof(RepoType)) ? RepoType : null, Revision, CommitHash, _hub);
        var key = new GroupKey(
            CacheFolder,
            target.RepoType ?? HubCache.RepoType.Model,
            target.RepoId,
            target.Revision ?? HubCache.Revision.Main,
            target.Commit);
        OnGroup(key);
        foreach (FileSelector file in target.Files(FileName, _isTyped, Attempt))
        {
            Batch.Add(key, file);
        }
    }

    /// <summary>Hears to which request a record belongs, before anything of it is taken in.</summary>
    /// <exception cref="HubCacheException">It cannot be taken in.</exception>
    private protected virtual void OnGroup(GroupKey key)
    {
    }

    /// <summary>What is asked of the engine for a group.</summary>
    private protected virtual DownloadRequest Request(DownloadGroup group, IReadOnlyList<FilePattern> exclude)
        => group.Request(exclude, force: false, destination: null);

    /// <summary>Hears of each outcome before its object or its error is written: whoever takes the object may end the call.</summary>
    private protected virtual void OnOutcome(FileOutcome outcome)
    {
    }

    /// <summary>
    /// Asks the engine for everything that was gathered, and takes each answer on the pipeline thread, in the order of the input.
    /// </summary>
    private protected void Serve<T>(
        Func<HubDownloader, DownloadRequest, IDownloadObserver, CancellationToken, Task<IReadOnlyList<T>>> ask,
        Action<DownloadGroup, T> answer)
        where T : FileOutcome
    {
        if (!Batch.Groups.Any())
        {
            return;
        }

        using var hubs = new DownloaderSet(
            Batch.Groups.Select(group => group.Key.CacheFolder),
            folder => ReadOnlyCaches.PutInto(Options(folder), _readOnlyCaches, ReadOnlyCachePath is not null));
        var board = new TransferBoard(MyInvocation.MyCommand.Name, Batch.Groups.Sum(group => group.SelectorCount));
        var observer = new PipelineObserver(this, board);
        Run(
            stop => Batch.RunAsync(
                (group, token) => ask(hubs.For(group.Key.CacheFolder), Request(group, _exclude), observer, token),
                (group, each) => Post(() => Take(group, each, answer)),
                stop),
            board.Sample);
    }

    private void Take<T>(DownloadGroup group, T outcome, Action<DownloadGroup, T> answer)
        where T : FileOutcome
    {
        OnOutcome(outcome);
        if (outcome.Error is null)
        {
            answer(group, outcome);
        }
        else
        {
            Report(outcome.Error);
        }
    }
}
