using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>
/// <para type="synopsis">Takes archives of Export-HubCache into a hub cache.</para>
/// <para type="description">An archive is read twice: once to check all of it, and then to take it in. Nothing is written for one that is
/// damaged or was changed, and nothing outside the cache.</para>
/// </summary>
[Cmdlet(
    VerbsData.Import, "HubCache", DefaultParameterSetName = PathSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(ImportedCache))]
public sealed class ImportHubCacheCommand : HubCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    private readonly List<(string Archive, string Cache)> _archives = [];

    /// <summary><para type="description">The archives; wildcards are allowed.</para></summary>
    [Parameter(ParameterSetName = PathSet, Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = null!;

    /// <summary><para type="description">The archives, taken literally.</para></summary>
    [Parameter(ParameterSetName = LiteralPathSet, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = null!;

    private protected override void OnRecord()
    {
        string cache = CacheToWrite();
        bool isLiteral = ParameterSetName == LiteralPathSet;
        foreach (string path in isLiteral ? LiteralPath : Path)
        {
            Attempt(() => _archives.AddRange(
                (isLiteral ? [this.FileSystemPath(path)] : this.FileSystemPaths(path)).Select(archive => (archive, cache))));
        }
    }

    private protected override void OnEnd()
    {
        foreach ((string archive, string cache) in _archives.Distinct())
        {
            Attempt(() => Import(archive, cache));
        }
    }

    private void Import(string archive, string cache)
    {
        var import = new CacheImport(archive, cache, HubEnvironment.DisablesSymbolicLinks);
        if (ShouldProcess(archive, PackingText.Import(Read(import.Check), cache)))
        {
            WriteObject(Read(import.Run), enumerateCollection: true);
        }
    }

    private IReadOnlyList<ImportedCache> Read(Func<IDownloadObserver, CancellationToken, IReadOnlyList<ImportedCache>> read)
    {
        IReadOnlyList<ImportedCache> outcomes = [];
        var board = new TransferBoard(MyInvocation.MyCommand.Name, 0);
        Run(stop => Task.Run(() => outcomes = read(new PipelineObserver(this, board), stop), stop), board.Sample);
        return outcomes;
    }
}
