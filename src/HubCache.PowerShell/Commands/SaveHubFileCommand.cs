using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>
/// <para type="synopsis">Brings files of a repo on the Hugging Face Hub, or all of them, into the hub cache.</para>
/// <para type="description">Every file is checked against its hash before it gets its name, and is on the disk before it is
/// reported. Files that the cache has are not fetched again. One object is emitted for each file, in the order of the input.</para>
/// </summary>
[Cmdlet(VerbsData.Save, "HubFile", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(CachedFile))]
public sealed class SaveHubFileCommand : HubSelectionCmdlet
{
    private DestinationFolder? _destination;
    private GroupKey? _laidOut;
    private LockedDownload? _lock;

    /// <inheritdoc/>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [HubAddress]
    [ArgumentCompleter(typeof(RepoIdCompleter))]
    public override string RepoId { get; set; } = null!;

    /// <summary>
    /// <para type="description">A lock file of Export-HubCache: exactly its repos, commits and files are downloaded, or it is an
    /// error.</para>
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LockFile { get; set; }

    /// <summary>
    /// <para type="description">Fetches files again that the cache has. The old bytes stay until new ones are verified.</para>
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>
    /// <para type="description">A folder in which the files are laid out as well, as real files under their names in the repo.</para>
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary><para type="description">Lays files out as hard links to the cache's, where that is possible.</para></summary>
    [Parameter]
    public SwitchParameter HardLink { get; set; }

    /// <summary>
    /// <para type="description">The most connections that bring one file. A file begins with one and takes more as long as they make it
    /// faster.</para>
    /// </summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ConnectionsPerFile { get; set; } = HubOptions.UsualConnections;

    /// <summary>
    /// <para type="description">The most files on their way at once. Without it, 8 of 16 MB or more, and 32 in all.</para>
    /// </summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; }

    /// <summary>
    /// <para type="description">The most bytes a second that the whole call takes from the network, over all files and connections. No
    /// limit when it is not given.</para>
    /// </summary>
    [Parameter]
    [Size]
    [ValidateRange(1L, long.MaxValue)]
    public long MaxBytesPerSecond { get; set; }

    /// <summary>
    /// <para type="description">By which way files come that the Hub keeps in Xet: Auto, Http or Xet. Without it, Auto, unless
    /// HF_HUB_DISABLE_XET is set.</para>
    /// </summary>
    [Parameter]
    public Transport Transport { get; set; }

    private protected override void OnBegin()
    {
        base.OnBegin();
        if (Destination is not null)
        {
            _destination = new DestinationFolder(this.FileSystemPath(Destination), HardLink);
        }
        else if (HardLink)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                "-HardLink says how files are laid out, and no -Destination says where.",
                nameof(HardLink),
                "Give a folder with -Destination, or leave out -HardLink.");
        }

        if (LockFile is not null)
        {
            _lock = new LockedDownload(this.FileSystemPath(LockFile), CacheFolder, MyInvocation.BoundParameters);
            _lock.AddTo(Batch, OnGroup);
        }
    }

    private protected override void OnRecord()
    {
        if (_lock is not null)
        {
            LockedDownload.RefuseBeside(MyInvocation.BoundParameters);
        }
        else if (RepoId is null)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidRepoId,
                "Nothing says which repo is to be saved.",
                nameof(RepoId),
                "Give a repo id, such as openai-community/gpt2, or a lock file with -LockFile.");
        }
        else
        {
            base.OnRecord();
        }
    }

    private protected override void OnGroup(GroupKey key)
    {
        if (CachePath is not null)
        {
            _ = CacheToWrite();
        }

        // What a destination knows of a file goes by the file's name alone: two repos, or two revisions, would overwrite each other's.
        _laidOut ??= key;
        if (_destination is not null && _laidOut != key)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                $"-Destination takes the files of one repo at one revision: '{_laidOut.RepoId}' at '{_laidOut.Revision}' came first.",
                key.RepoId.Value,
                "Call Save-HubFile once for each repo and revision, with a -Destination for each.");
        }
    }

    private protected override HubOptions Options(string? cacheFolder) => WithTransport(base.Options(cacheFolder)) with
    {
        ConnectionsPerFile = ConnectionsPerFile,
        ThrottleLimit = ThrottleLimit > 0 ? ThrottleLimit : null,
        MaxBytesPerSecond = MaxBytesPerSecond > 0 ? MaxBytesPerSecond : null,
    };

    private HubOptions WithTransport(HubOptions options)
        => MyInvocation.BoundParameters.ContainsKey(nameof(Transport)) ? options with { Transport = Transport } : options;

    private protected override DownloadRequest Request(DownloadGroup group, IReadOnlyList<HubCache.FilePattern> exclude)
        => group.Request(exclude, Force, _destination, _lock?.FilesOf(group.Key));

    private protected override void OnEnd()
    {
        if (IsWhatIf)
        {
            var report = new PlanReport(ShouldProcess, _destination);
            Serve<FindOutcome>(
                (hub, request, observer, stop) => hub.PlanAsync(request, observer, stop),
                (group, outcome) => report.Add(group, outcome.File!, outcome.IsToBeLaidOut));
            report.Total();
        }
        else
        {
            Batch.Keep(group =>
                ShouldProcess(group.Label, _destination is null ? group.Action : $"{group.Action} and lay out in {_destination.FullName}"));
            Serve<DownloadOutcome>(
                (hub, request, observer, stop) => hub.DownloadAsync(request, observer, stop),
                (_, outcome) => WriteObject(outcome.File!.WithPSPath()));
        }
    }

    private protected override void OnOutcome(FileOutcome outcome)
    {
        if ((outcome as DownloadOutcome)?.Report is FileReport report)
        {
            WriteInformation(report, ["HubCache", "File"]);
        }
    }
}
