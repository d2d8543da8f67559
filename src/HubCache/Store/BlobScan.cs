using HubCache.Model;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Store;

/// <summary>Reads a repo's <c>blobs/</c>.</summary>
internal sealed class BlobScan(RepoReader reader, FileTally tally)
{
    /// <summary>The blobs by their paths, links into the shared store followed, so that a snapshot's link costs no second look.</summary>
    public IReadOnlyDictionary<string, FileFacts> Run()
    {
        var blobs = new Dictionary<string, FileFacts>(StringComparer.Ordinal);
        if (!reader.HasFolder(reader.Folder.Blobs))
        {
            return blobs;
        }

        if (reader.Look(reader.Folder.Blobs) is { Kind: FileKind.Link })
        {
            reader.Note(
                ProblemKind.BlobOutside,
                reader.Folder.Blobs,
                "is a link: its blobs are counted, but incomplete files in it are left alone");
        }

        foreach (string path in reader.Entries(reader.Folder.Blobs))
        {
            string name = Path.GetFileName(path);
            if (!PartialFileNames.IsNameInBlobs(name) && name != ".DS_Store" && BlobAt(path) is FileFacts facts)
            {
                blobs.Add(path, facts);
                tally.Add(path, facts);
            }
        }

        return blobs;
    }

    private FileFacts? BlobAt(string path)
    {
        FileFacts? facts = reader.Look(path);
        if (facts is { Kind: FileKind.Link })
        {
            facts = Target(path);
        }

        if (facts is { Kind: not FileKind.File })
        {
            reader.Note(
                ETag.TryParse(Path.GetFileName(path)) is null ? ProblemKind.ForeignFile : ProblemKind.BrokenBlob,
                path,
                "is no file, and so no blob");
            return null;
        }

        return facts;
    }

    private FileFacts? Target(string path)
    {
        string target = reader.ReadLink(path) ?? string.Empty;
        if (reader.LookThrough(path) is not FileFacts facts)
        {
            reader.Note(ProblemKind.BrokenBlob, path, $"is a link to nothing: '{target}'");
            return null;
        }

        // Bytes that the user moved to another disk still belong to the repo, but no clean-up will reach them.
        string store = Path.Combine(reader.Folder.CachePath, "blobs");
        if (!RepoPaths.LiesIn(Path.GetFullPath(target, reader.Folder.Blobs), store))
        {
            reader.Note(ProblemKind.BlobOutside, path, $"is a link that leads out of the cache: '{target}'");
        }

        return facts;
    }
}
