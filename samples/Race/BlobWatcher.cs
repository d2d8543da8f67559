using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace Race;

/// <summary>Hashes the published blob whenever it has changed, and keeps every version of it open to look at it again in the end.</summary>
internal sealed class BlobWatcher : IDisposable
{
    private readonly Stage _stage;
    private readonly List<SafeFileHandle> _versions = [];
    private (FileIdentity Identity, long Length, DateTime Modified) _seen;

    private BlobWatcher(Stage stage) => _stage = stage;

    public int Versions => _versions.Count;

    public int Looks { get; private set; }

    public int CorruptLooks { get; private set; }

    public static Task<BlobWatcher> WatchAsync(Stage stage, CancellationToken over)
    {
        return Task.Run(async () =>
        {
            var watcher = new BlobWatcher(stage);
            while (!over.IsCancellationRequested)
            {
                watcher.LookIfChanged();
                await Task.Delay(5, CancellationToken.None);
            }

            watcher.LookIfChanged();
            return watcher;
        });
    }

    /// <summary>How many of the versions are wrong by now: a writer may have gone on writing into one that was replaced.</summary>
    public int LookAgainAtAll()
    {
        Looks += Versions;
        return _versions.Count(version => FileHash.Of(version) != _stage.Hash);
    }

    public void Dispose() => _versions.ForEach(version => version.Dispose());

    private void LookIfChanged()
    {
        Disk disk = Disk.OfThisSystem;
        if (disk.Look(_stage.BlobPath) is not FileFacts there || (there.Identity, there.Length, there.Modified) == _seen)
        {
            return;
        }

        if (_versions.Count == 0 || there.Identity != _seen.Identity)
        {
            _versions.Add(FileHash.Open(_stage.BlobPath));
        }

        SafeFileHandle blob = _versions[^1];
        FileFacts facts = disk.Look(blob, _stage.BlobPath);
        _seen = (facts.Identity, facts.Length, facts.Modified);
        Looks++;
        CorruptLooks += FileHash.Of(blob) == _stage.Hash ? 0 : 1;
    }
}
