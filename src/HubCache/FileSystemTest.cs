using HubCache.Maintenance.FileSystem;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache;

/// <summary>Tries out what the file system of a cache really does, in a folder of its own that is gone afterwards.</summary>
public static class FileSystemTest
{
    /// <summary>Runs all checks, one after the other.</summary>
    /// <param name="cachePath">The cache. When it does not exist, the nearest folder above it is judged; nothing is made for good.</param>
    /// <param name="other">Asks for locks in another process.</param>
    /// <param name="onCheck">Hears of each check as soon as it is done, on the thread that runs them.</param>
    /// <param name="cancellationToken">Ends it, with nothing left behind.</param>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: the path is no folder;
    /// <see cref="HubErrorCode.CacheReadFailed"/>: it cannot be looked at.</exception>
    public static Task RunAsync(
        string cachePath, ISecondProcess other, Action<FileSystemCheck> onCheck, CancellationToken cancellationToken)
        => RunAsync(cachePath, other, onCheck, Disk.OfThisSystem, cancellationToken);

    internal static async Task RunAsync(
        string cachePath, ISecondProcess other, Action<FileSystemCheck> onCheck, Disk disk, CancellationToken stop)
    {
        string cache = new RepoFolders(disk, cachePath).CachePath;
        string folder = Nearest(disk, cache);
        disk = disk.Within(CacheBoundary.OfFolder(folder));
        void Tell(string check, TrialResult finding) => onCheck(new FileSystemCheck
        {
            Check = check,
            Result = finding.Result,
            Value = finding.Value,
            Unit = finding.Unit,
            Severity = finding.Severity,
            Meaning = finding.Meaning,
            CachePath = cache,
            TestedFolder = folder,
        });

        Tell("CacheExists", folder == cache
            ? TrialResult.Yes("The cache is there, and was tried out itself.")
            : TrialResult.No($"The cache is made by the first download. Until then {folder} stands in for it, which may lie on another "
                + $"file system if something is mounted below."));
        Tell("IsLocal", PlaceTrials.Local(disk, folder));
        Tell("FreeRoom", PlaceTrials.FreeRoom(disk, folder));
        TrialPlace? place = null;
        try
        {
            TrialResult writable;
            (place, writable) = Enter(disk, folder);
            Tell("Writable", writable);
            foreach (Trial trial in Trials(cache, other))
            {
                stop.ThrowIfCancellationRequested();
                Tell(trial.Check, place is null
                    ? TrialResult.NotTried("Nothing can be written here, so it cannot be tried.")
                    : await TryAsync(trial, place, stop).ConfigureAwait(false));
            }
        }
        finally
        {
            place?.Dispose();
        }

        Tell("LocksExcludeHosts", LockTrials.BetweenHosts(PlaceTrials.IsLocal(disk, folder)));
    }

    private static IReadOnlyList<Trial> OnWindows =>
    [
        Trial.Of("DeveloperMode", WindowsTrials.DeveloperMode), Trial.Of("LongPathsEnabled", WindowsTrials.LongPathsEnabled),
    ];

    private static IEnumerable<Trial> Trials(string cache, ISecondProcess other) =>
    [
        new("LocksExcludeProcesses", (place, stop) => LockTrials.BetweenProcessesAsync(place, other, stop)),
        new("RenameIsAtomic", RenameTrial.AtomicAsync),
        Trial.Of("RenameOverOpenFile", WindowsTrials.RenameOverOpenFile),
        Trial.Of("FileIdentity", WindowsTrials.Identity),
        Trial.Of("SymbolicLinks", LinkTrials.Symbolic),
        Trial.Of("HardLinks", LinkTrials.Hard),
        Trial.Of("Clone", LinkTrials.Clone),
        Trial.Of("FlushFile", FlushTrials.File),
        Trial.Of("FlushFolder", FlushTrials.Folder),
        Trial.Of("ReserveRoom", PlaceTrials.Reserve),
        Trial.Of("ClockAgrees", TimeTrials.Clock),
        new("FineTimes", TimeTrials.FineAsync),
        Trial.Of("CaseSensitive", NameTrials.CaseSensitive),
        Trial.Of("UnicodeKept", NameTrials.UnicodeKept),
        Trial.Of("WildcardNames", NameTrials.WildcardNames),
        Trial.Of("LongNames", NameTrials.LongestName),
        Trial.Of("LongPaths", place => NameTrials.LongestPath(place, cache)),
        Trial.Of("NewFileMode", ModeTrials.NewFile),
        Trial.Of("NewFolderMode", ModeTrials.NewFolder),
        Trial.Of("Umask", ModeTrials.Umask),
        Trial.Of("SharedGroup", ModeTrials.SharedGroup),
        .. OperatingSystem.IsWindows() ? OnWindows : [],
    ];

    private static (TrialPlace? Place, TrialResult Writable) Enter(Disk disk, string folder)
    {
        try
        {
            return (TrialPlace.Make(disk, folder), TrialResult.Yes("Files and folders can be made here."));
        }
        catch (DiskException e)
        {
            return (null, new TrialResult(
                "No",
                "Warning",
                $"Nothing can be written here: {e.Message}. The cache can be read, and nothing can be fetched into it; give another with "
                    + $"-CachePath to fetch.",
                e.Error.ToString()));
        }
    }

    private static async Task<TrialResult> TryAsync(Trial trial, TrialPlace place, CancellationToken stop)
    {
        try
        {
            return await trial.Run(place, stop).ConfigureAwait(false);
        }
        catch (DiskException e)
        {
            return new TrialResult("Unknown", "Warning", $"It could not be tried to the end: {e.Message}.", e.Error.ToString());
        }
    }

    private static string Nearest(Disk disk, string folder)
    {
        while (!IsFolder(disk, folder) && Path.GetDirectoryName(folder) is string above)
        {
            folder = above;
        }

        return folder;
    }

    private static bool IsFolder(Disk disk, string path)
    {
        try
        {
            return disk.LookThrough(path) is { Kind: FileKind.Folder };
        }
        catch (DiskException)
        {
            return false;
        }
    }

    private sealed record Trial(string Check, Func<TrialPlace, CancellationToken, Task<TrialResult>> Run)
    {
        public static Trial Of(string check, Func<TrialPlace, TrialResult> run) => new(check, (place, _) => Task.FromResult(run(place)));
    }
}
