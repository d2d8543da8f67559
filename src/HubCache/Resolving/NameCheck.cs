using System.Globalization;
using System.Text;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Resolving;

/// <summary>
/// Finds the names that this system, or this file system, cannot keep apart or cannot have: before anything is written for them.
/// </summary>
internal sealed class NameCheck(Disk disk, RepoPaths folder, DownloadRequest request)
{
    // PATH_MAX without its end on Linux and macOS; what Windows takes at the most.
    private static readonly int LongestPath = OperatingSystem.IsWindows() ? 32_766 : OperatingSystem.IsMacOS() ? 1023 : 4095;

    /// <summary>Gives each file that cannot be dealt with its error.</summary>
    /// <param name="files">The files of a request.</param>
    /// <param name="mayWrite">Whether the file system may be asked by temps whether it can have the names, and tells upper from lower case.
    /// If not, it is taken to.</param>
    public void Check(IReadOnlyList<FileState> files, bool mayWrite)
    {
        foreach (FileState file in files)
        {
            if (FaultOfLength(folder, file.Commit!, file.Name) is string fault)
            {
                file.Error = SelectionErrors.Unusable(request, file.Name.Value, fault);
            }
        }

        if (mayWrite)
        {
            Try([.. files.Where(file => file is { Error: null, Hit: null })]);
        }

        HashSet<FileState> colliding = [.. Colliding(files, path => path)];
        List<FileState> alike = [.. Colliding(files, Fold).Except(colliding)];
        if (alike.Count > 0 && mayWrite && !TellsCase())
        {
            colliding.UnionWith(alike);
        }

        foreach (FileState file in colliding)
        {
            file.Error = SelectionErrors.Unusable(
                request,
                file.Name.Value,
                "is the same as another's on this file system, which does not tell upper from lower case, or is a folder of another's");
        }
    }

    /// <summary>Why this system can have no file of that name in the cache; null when its length is no reason.</summary>
    public static string? FaultOfLength(RepoPaths folder, CommitHash commit, HubFileName file)
    {
        return Encoding.UTF8.GetByteCount(folder.SnapshotFile(commit, file)) > LongestPath
            ? string.Create(CultureInfo.InvariantCulture, $"is too long: this system takes no path of more than {LongestPath} bytes")
            : null;
    }

    /// <summary>Tries the names that not every file system can have, if there are any.</summary>
    private void Try(FileState[] files)
    {
        FileState[] odd = Array.FindAll(files, file => NameTrial.IsNeeded(file.Name));
        if (odd.Length == 0 || !HasFolder())
        {
            return;
        }

        var trial = new NameTrial(disk, folder.Blobs);
        foreach (FileState file in odd)
        {
            if (trial.Fault(file.Name) is string fault)
            {
                file.Error = SelectionErrors.Unusable(request, file.Name.Value, fault);
            }
        }
    }

    /// <summary>The files whose path is another file's, or a folder of one.</summary>
    private static IEnumerable<FileState> Colliding(IReadOnlyList<FileState> files, Func<string, string> fold)
    {
        ILookup<string, FileState> byPath = files.ToLookup(file => fold(file.Name.Value), StringComparer.Ordinal);
        foreach (FileState file in files)
        {
            string path = fold(file.Name.Value);
            if (byPath[path].Skip(1).Any())
            {
                yield return file;
            }

            for (int slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
            {
                foreach (FileState other in byPath[path[..slash]])
                {
                    yield return file;
                    yield return other;
                }
            }
        }
    }

    // APFS and HFS+ also take a letter with its accent and the two one after the other for the same.
    private static string Fold(string path) => (OperatingSystem.IsMacOS() ? path.Normalize() : path).ToUpperInvariant();

    private bool HasFolder()
    {
        try
        {
            RepoSkeleton.Ensure(disk, folder);
            return true;
        }
        catch (DiskException)
        {
            return false;
        }
    }

    private bool TellsCase()
    {
        try
        {
            RepoSkeleton.Ensure(disk, folder);
            using Temp probe = Temp.Create(disk, folder.Blobs, "probe");

            // No other name equals it, in any case.
            return disk.Look(Path.Combine(folder.Blobs, probe.Name.ToUpperInvariant())) is null;
        }
        catch (DiskException)
        {
            // Whatever is wrong with the disk shows itself again when the files are written.
            return true;
        }
    }
}
