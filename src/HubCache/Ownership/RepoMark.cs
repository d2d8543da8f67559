using HubCache.Names;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Ownership;

/// <summary>
/// A small file in <c>.locks/&lt;repo folder&gt;/</c> by which downloads and removals see each other: who works, on which commit, and which
/// blobs it needs. Named like a temp, so that anybody can tell whose it is; in <c>.locks/</c>, where no client's scan looks.
/// </summary>
internal sealed class RepoMark : IDisposable
{
    public const string UseSuffix = ".use";
    public const string RemovalSuffix = ".removal";

    /// <summary>The last line of a mark: without it the rest is still being written.</summary>
    public const string End = ".";

    private readonly Disk _disk;
    private readonly SafeFileHandle _file;
    private readonly string _registered;
    private readonly Timer _ticker;

    private RepoMark(Disk disk, string path, string registered, SafeFileHandle file)
    {
        (_disk, Path, _registered, _file) = (disk, path, registered, file);
        _ticker = new Timer(_ => disk.Touch(file), null, ProtocolTimes.TouchInterval, ProtocolTimes.TouchInterval);
    }

    public string Path { get; }

    /// <summary>Shows that the commit is in use, and that these blobs are needed.</summary>
    public static RepoMark ForUse(Disk disk, RepoPaths folder, CommitHash commit, IEnumerable<ETag> etags)
    {
        return Make(disk, folder, commit.Value, UseSuffix, [.. etags.Select(etag => etag.Value)]);
    }

    /// <summary>Shows that something of the repo is about to be removed.</summary>
    public static RepoMark ForRemoval(Disk disk, RepoPaths folder) => Make(disk, folder, "remove", RemovalSuffix, []);

    /// <summary>The name under which a mark's owner is looked up.</summary>
    public static string AsTemp(string path) => System.IO.Path.ChangeExtension(path, IncompleteName.Suffix);

    /// <summary>Shows that its owner is alive, and says the time by the file system's clock.</summary>
    public DateTime Touch()
    {
        _disk.Touch(_file);
        return _disk.Look(_file, Path).Modified;
    }

    public void Dispose()
    {
        _ticker.Dispose();
        _file.Dispose();
        try
        {
            _disk.Delete(Path);
        }
        catch (DiskException)
        {
            // Not registered any more, it is dead, and the next removal takes it away.
        }

        TempRegister.Remove(_registered);
    }

    private static RepoMark Make(Disk disk, RepoPaths folder, string prefix, string suffix, IReadOnlyList<string> lines)
    {
        const int MostTries = 3;
        for (int tries = 1; ; tries++)
        {
            string registered = IncompleteName.New(prefix).ToString();
            string path = System.IO.Path.Combine(folder.Locks, System.IO.Path.ChangeExtension(registered, suffix));
            TempRegister.Add(registered);
            SafeFileHandle? file = null;
            try
            {
                FolderMaker.Ensure(disk, folder.Locks);
                file = disk.CreateNew(path);
                SmallText.Write(disk, file, string.Concat(lines.Append(End).Select(line => line + "\n")), path);
                return new RepoMark(disk, path, registered, file);
            }
            catch (DiskException e)
            {
                if (file is not null)
                {
                    file.Dispose();
                    TryDelete(disk, path);
                }

                TempRegister.Remove(registered);
                if (e.Error != DiskError.NotFound || tries == MostTries)
                {
                    throw;
                }
            }
        }
    }

    private static void TryDelete(Disk disk, string path)
    {
        try
        {
            disk.Delete(path);
        }
        catch (DiskException)
        {
            // As in Dispose.
        }
    }
}
