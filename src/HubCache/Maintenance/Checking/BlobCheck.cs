using System.Globalization;
using HubCache.Model;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Checking;

/// <summary>Checks blobs by what can be seen of them, and says which bytes have to be compared with which name.</summary>
internal sealed class BlobCheck(RepoReader reader, CommitTrees trees, SnapshotNames names, bool quick)
{
    // The hashes of nothing: any other name on an empty file is wrong.
    private static readonly string[] OfNothing =
        ["e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"];

    public IEnumerable<HashJob> Check(IReadOnlyDictionary<string, FileFacts> blobs)
        => blobs.Select(blob => Check(blob.Key, blob.Value)).OfType<HashJob>().ToList();

    private HashJob? Check(string path, FileFacts facts)
    {
        if (ETag.TryParse(Path.GetFileName(path)) is not ETag etag)
        {
            if (!RepoPlaces.IsDesktopFile(path))
            {
                reader.Note(ProblemKind.ForeignFile, path, "is no blob: its name is no hash");
            }

            return null;
        }

        (long Length, string Tree)? known = trees.LengthOf(etag);
        bool isWrongLength = known is not null ? known.Value.Length != facts.Length : facts.Length == 0 && !OfNothing.Contains(etag.Value);
        string length = string.Create(
            CultureInfo.InvariantCulture, $"{facts.Length} bytes{(known is null ? string.Empty : $" in place of {known.Value.Length}")}");
        if (quick)
        {
            if (isWrongLength)
            {
                reader.Note(Named(ProblemKind.WrongSize, path, etag, $"has {length}"));
            }

            return null;
        }

        return new HashJob(path, facts, [etag], Named(
            ProblemKind.CorruptBlob,
            path,
            etag,
            isWrongLength ? $"has {length}, and another hash than its name" : "has another hash than its name"))
        {
            IfRight = isWrongLength
                ? reader.NewFinding(ProblemKind.BadTree, known!.Value.Tree, $"says another length of blob {etag} than it has")
                : null,
            IfUnreadable = reason => Named(ProblemKind.Unreadable, path, etag, reason),
        };
    }

    private Finding Named(ProblemKind kind, string path, ETag etag, string fault)
    {
        SnapshotNames.Name? first = names.FirstOf(etag.Value);
        return reader.NewFinding(kind, path, fault) with { Commit = first?.Commit, FileName = first?.FileName };
    }
}
