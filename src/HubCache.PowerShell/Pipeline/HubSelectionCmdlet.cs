using System.Management.Automation;
using HubCache.Names;

namespace HubCache.PowerShell;

/// <summary>What the cmdlets share that name files of repos on the Hub: they gather what is piped in, and ask for it together in the end.</summary>
public abstract class HubSelectionCmdlet : HubConnectionCmdlet
{
    private bool _isTyped;
    private IReadOnlyList<FilePattern> _exclude = [];

    private protected HubSelectionCmdlet()
    {
    }

    /// <summary><para type="description">The repo: name, or namespace/name.</para></summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public virtual string RepoId { get; set; } = null!;

    /// <summary><para type="description">Files, as paths inside the repo, or patterns for some. All files when it is not given.</para></summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? FileName { get; set; }

    /// <summary><para type="description">Patterns for files to leave out.</para></summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? Exclude { get; set; }

    /// <summary><para type="description">The kind of repo.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [RepoTypeName]
    public RepoType RepoType { get; set; } = RepoType.Model;

    /// <summary><para type="description">A branch, a tag, refs/pr/N, or a full commit hash.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? Revision { get; set; }

    /// <summary><para type="description">The commit to take the files from, in place of asking the Hub what the revision stands for now.</para></summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? CommitHash { get; set; }

    private protected DownloadBatch Batch { get; } = new();

    private protected override void OnBegin()
    {
        // What is bound before the first record was typed; what a record brings is a name, whatever characters are in it.
        _isTyped = FileName is not null;
        _exclude = [.. (Exclude ?? []).Select(FilePattern.Parse)];
    }

    private protected override void OnRecord()
    {
        RepoTypeNameAttribute.Check(RepoType);
        Names.CommitHash? commit = PipedCommit.Parse(CommitHash);

        // A commit that nobody gave a branch for is its own revision.
        Names.Revision revision = !string.IsNullOrEmpty(Revision) ? Names.Revision.Parse(Revision)
            : commit is not null ? Names.Revision.Of(commit)
            : Names.Revision.Main;
        var key = new GroupKey(CacheFolder, RepoType, Names.RepoId.Parse(RepoId), revision, commit);
        OnGroup(key);
        if (FileName is null)
        {
            Batch.Add(key, FileSelector.Everything);
            return;
        }

        foreach (string name in FileName)
        {
            Attempt(() => Batch.Add(key, _isTyped ? FileSelector.Parse(name) : HubFileName.Parse(name)));
        }
    }

    /// <summary>Hears to which request a record belongs, before anything of it is taken in.</summary>
    /// <exception cref="HubCacheException">It cannot be taken in.</exception>
    private protected virtual void OnGroup(GroupKey key)
    {
    }

    /// <summary>What is asked of the engine for a group.</summary>
    private protected virtual DownloadRequest Request(DownloadGroup group, IReadOnlyList<FilePattern> exclude) => group.Request(exclude, force: false, destination: null);

    /// <summary>Asks the engine for everything that was gathered, and takes each answer on the pipeline thread, in the order of the input.</summary>
    private protected void Serve<T>(
        Func<HubDownloader, DownloadRequest, IDownloadObserver, CancellationToken, Task<IReadOnlyList<T>>> ask,
        Action<DownloadGroup, T> answer)
        where T : FileOutcome
    {
        if (!Batch.Groups.Any())
        {
            return;
        }

        using var hubs = new DownloaderSet(Batch.Groups.Select(group => group.Key.CacheFolder), Options);
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
