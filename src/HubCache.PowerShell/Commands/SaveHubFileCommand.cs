using System.Management.Automation;
using HubCache.Names;

namespace HubCache.PowerShell;

/// <summary>
/// <para type="synopsis">Brings files of a repo on the Hugging Face Hub into the hub cache.</para>
/// <para type="description">Every file is checked against its hash before it gets its name, and is on the disk before it is
/// reported. Files that the cache has are not fetched again. One object is emitted for each name, in the order of the input.</para>
/// </summary>
[Cmdlet(VerbsData.Save, "HubFile", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(CachedFile))]
public sealed class SaveHubFileCommand : HubConnectionCmdlet
{
    private readonly DownloadBatch _batch = new();
    private DestinationFolder? _destination;
    private GroupKey? _laidOut;

    /// <summary><para type="description">The repo: name, or namespace/name.</para></summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string RepoId { get; set; } = null!;

    /// <summary><para type="description">Files, as paths inside the repo.</para></summary>
    [Parameter(Position = 1, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] FileName { get; set; } = null!;

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

    /// <summary><para type="description">Fetches files again that the cache has. The old bytes stay until new ones are verified.</para></summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary><para type="description">A folder in which the files are laid out as well, as real files under their names in the repo.</para></summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary><para type="description">Lays files out as hard links to the cache's, where that is possible.</para></summary>
    [Parameter]
    public SwitchParameter HardLink { get; set; }

    private protected override void OnBegin()
    {
        if (Destination is not null)
        {
            _destination = new DestinationFolder(this.FileSystemPath(Destination), HardLink);
        }
        else if (HardLink)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption, "-HardLink says how files are laid out, and no -Destination says where.", nameof(HardLink), "Give a folder with -Destination, or leave out -HardLink.");
        }
    }

    private protected override void OnRecord()
    {
        RepoTypeNameAttribute.Check(RepoType);
        Names.CommitHash? commit = Commit();

        // A commit that nobody gave a branch for is its own revision.
        Names.Revision revision = !string.IsNullOrEmpty(Revision) ? Names.Revision.Parse(Revision)
            : commit is not null ? Names.Revision.Of(commit)
            : Names.Revision.Main;
        var key = new GroupKey(CacheFolder, RepoType, Names.RepoId.Parse(RepoId), revision, commit);
        CheckLaidOut(key);
        foreach (string name in FileName)
        {
            Attempt(() => _batch.Add(key, HubFileName.Parse(name)));
        }
    }

    private protected override void OnEnd()
    {
        if (IsWhatIf)
        {
            var report = new PlanReport(ShouldProcess, _destination);
            Serve<PlannedFile>((hub, request, observer, stop) => hub.PlanAsync(request, observer, stop), (group, file) =>
            {
                if (file.Error is null)
                {
                    report.Add(group, file);
                }
                else
                {
                    Report(file.Error);
                }
            });
            report.Total();
        }
        else
        {
            _batch.Keep(group => ShouldProcess(group.Label, _destination is null ? group.Action : $"{group.Action} and lay out in {_destination.FullName}"));
            Serve<DownloadOutcome>((hub, request, observer, stop) => hub.DownloadAsync(request, observer, stop), (_, outcome) =>
            {
                if (outcome.Error is null)
                {
                    WriteObject(WithPSPath(outcome.File!));
                }
                else
                {
                    Report(outcome.Error);
                }
            });
        }
    }

    // An object with PSPath goes into Get-Item and its like literally, whatever brackets are in its name.
    private static PSObject WithPSPath(CachedFile file)
    {
        var emitted = new PSObject(file);
        emitted.Properties.Add(new PSNoteProperty("PSPath", $@"Microsoft.PowerShell.Core\FileSystem::{file.FullName}"));
        return emitted;
    }

    /// <summary>What a destination knows of a file goes by the file's name alone: two repos, or two revisions, would overwrite each other's.</summary>
    private void CheckLaidOut(GroupKey key)
    {
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

    private Names.CommitHash? Commit()
    {
        return string.IsNullOrEmpty(CommitHash) ? null : Names.CommitHash.TryParse(CommitHash) ?? throw new HubCacheException(
            HubErrorCode.InvalidRevision,
            $"'{CommitHash}' is not a commit hash.",
            CommitHash,
            "Give all 40 hex digits; -Revision takes the names of branches and tags.");
    }

    private void Serve<T>(
        Func<HubDownloader, DownloadRequest, IDownloadObserver, CancellationToken, Task<IReadOnlyList<T>>> ask,
        Action<DownloadGroup, T> answer)
    {
        if (!_batch.Groups.Any())
        {
            return;
        }

        using var hubs = new DownloaderSet(_batch.Groups.Select(group => group.Key.CacheFolder), Options);
        var board = new TransferBoard(MyInvocation.MyCommand.Name, _batch.Groups.Sum(group => group.FileCount));
        var observer = new PipelineObserver(this, board);
        Run(
            stop => _batch.RunAsync(
                (group, token) => ask(hubs.For(group.Key.CacheFolder), group.Request(Force, _destination), observer, token),
                (group, each) => Post(() => answer(group, each)),
                stop),
            board.Sample);
    }
}
