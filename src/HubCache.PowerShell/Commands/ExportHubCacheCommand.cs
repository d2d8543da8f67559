using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>
/// <para type="synopsis">Writes snapshots of a hub cache into an archive for machines without a network, or into a lock file.</para>
/// <para type="description">The archive holds what the snapshots need and nothing else, with the hash of every file. What is piped in is
/// gathered and written together in the end.</para>
/// </summary>
[Cmdlet(VerbsData.Export, "HubCache", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(ExportedCache))]
public sealed class ExportHubCacheCommand : CachedSnapshotCmdlet
{
    private readonly List<ExportRequest> _requests = [];
    private string? _archive;
    private string? _lock;

    /// <summary><para type="description">The archive to write.</para></summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary><para type="description">The lock file to write.</para></summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LockFile { get; set; }

    /// <summary><para type="description">Replaces files that are there.</para></summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void OnBegin()
    {
        base.OnBegin();
        _archive = Path is null ? null : this.FileSystemPath(Path);
        _lock = LockFile is null ? null : this.FileSystemPath(LockFile);
        if ((_archive ?? _lock) is null)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                "Neither -Path nor -LockFile is given: there is nowhere to write.",
                nameof(Path),
                "Give an archive with -Path, a lock file with -LockFile, or both.");
        }

        if (_archive == _lock)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidOption,
                $"-Path and -LockFile name the same file, '{_archive}'.",
                nameof(LockFile),
                "Give the archive and the lock file different names.");
        }

        foreach (string path in new[] { _archive, _lock }.OfType<string>())
        {
            CacheExport.CheckPath(path, Force);
        }
    }

    private protected override void OnRecord()
    {
        HubTarget target = Target();
        _requests.Add(new ExportRequest
        {
            CachePath = Cache,
            RepoId = target.RepoId,
            RepoType = target.RepoType ?? HubCache.RepoType.Model,
            Revision = target.NamedRevision,
            Commit = target.Commit,
            Files = FileName is null && target.File is null ? null : Files(target, attempt => attempt()),
            Exclude = Excluded,
        });
    }

    private protected override void OnEnd()
    {
        var export = new CacheExport();
        int failures = 0;
        foreach (ExportRequest request in _requests)
        {
            failures++;
            Attempt(() =>
            {
                Run(stop => Task.Run(() => export.Add(request, stop), stop), () => []);
                failures--;
            });
        }

        // An archive that lacks what was asked for would be found out where nobody can fetch it.
        if (failures == 0 && _requests.Count > 0 && ShouldProcess(_archive ?? _lock, PackingText.Export(export.Repos, _archive, _lock)))
        {
            Write(export);
        }
    }

    private void Write(CacheExport export)
    {
        long length = 0;
        if (_archive is string archive)
        {
            var board = new TransferBoard(MyInvocation.MyCommand.Name, export.Repos.Sum(repo => repo.Files.Count));
            Run(
                stop => Task.Run(() => length = export.WriteArchive(archive, Force, new PipelineObserver(this, board), stop), stop),
                board.Sample);
        }

        if (_lock is string path)
        {
            long lockLength = export.WriteLock(path, Force);
            length = _archive is null ? lockLength : length;
        }

        foreach (LockedRepo repo in export.Repos)
        {
            WriteObject(new ExportedCache
            {
                RepoId = repo.RepoId.Value,
                RepoType = repo.RepoType.ToString(),
                Revision = repo.Revision.Value,
                CommitHash = repo.Commit.Value,
                FileCount = repo.Files.Count,
                Size = repo.Size,
                FullName = _archive ?? _lock!,
                Length = length,
            });
        }
    }
}
