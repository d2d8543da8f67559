using System.Globalization;
using HubCache.Model;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Checking;

/// <summary>Checks that a snapshot has the files that a lock file names, each with the length and the hash that it says.</summary>
internal sealed class LockedFilesCheck(RepoReader reader, LockedRepo locked)
{
    private readonly CacheLookup _lookup = new(reader.Disk, reader.Folder);

    /// <summary>
    /// Checks all that the disk tells at a look; says which copies have to be hashed for the rest. Blobs are hashed by their own names.
    /// </summary>
    public IReadOnlyList<HashJob> Check() => [.. locked.Files.Select(Check).OfType<HashJob>()];

    private HashJob? Check(LockedFile file)
    {
        string path = reader.Folder.SnapshotFile(locked.Commit, file.Name);
        try
        {
            if (_lookup.Find(locked.Commit, file.Name) is not CacheHit hit)
            {
                reader.Note(reader.NewFinding(ProblemKind.MissingFile, path, "is not in the snapshot, and the lock file names it") with
                {
                    Severity = ProblemSeverity.Error
                });
                return null;
            }

            return Judge(file, path, hit);
        }
        catch (DiskException e)
        {
            reader.Note(ProblemKind.Unreadable, path, $"cannot be read ({e.Message})");
            return null;
        }
    }

    private HashJob? Judge(LockedFile file, string path, CacheHit hit)
    {
        Finding wrong = reader.NewFinding(
            hit.ETag is null ? ProblemKind.WrongCopy : ProblemKind.WrongLink,
            path,
            string.Create(
                CultureInfo.InvariantCulture,
                $"is not the file of {file.Length} bytes with the hash {file.ETag} that the lock file names"));
        if (!hit.Is(file.ETag, file.Length) || reader.LookThrough(path) is not FileFacts facts)
        {
            reader.Note(wrong);
            return null;
        }

        return hit.ETag is not null ? null
            : new HashJob(
                path, facts, [file.ETag], wrong)
            { IfUnreadable = reason => reader.NewFinding(ProblemKind.Unreadable, path, reason) };
    }
}
