using HubCache.Blobs;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Resolving;
using HubCache.Store;

namespace HubCache.Download;

/// <summary>Says of the files that a request means what they are and what the cache has of them.</summary>
internal sealed class Findings(Disk disk, RepoPaths folder, DownloadRequest request, Func<FileState, bool> isToBeLaidOut)
{
    private readonly CacheLookup _lookup = new(disk, folder);
    private readonly PartialBlobs _partial = PartialBlobs.In(disk, folder);

    /// <summary>One outcome for each answer.</summary>
    /// <param name="answers">What the request turned out to mean.</param>
    /// <param name="isListing">Whether a file that cannot be had now is told of like any other, as long as it is known what it is.</param>
    public IReadOnlyList<FindOutcome> Of(IReadOnlyList<Selected> answers, bool isListing)
    {
        return [.. answers.Select(answer => answer.File is FileState file
            && (file.Error is null || (isListing && file.Metadata is not null))
            ? new FindOutcome(answer.Selector, answer.Text, Describe(file), null) { IsToBeLaidOut = isToBeLaidOut(file) }
            : new FindOutcome(answer.Selector, answer.Text, null, answer.Failure))];
    }

    private HubFile Describe(FileState file)
    {
        (ETag? etag, long length) = file.Metadata is { } metadata ? (metadata.ETag, metadata.Length) : (file.Hit!.ETag, file.Hit.Length);
        bool isCached = file.Hit is not null || (!request.Force && !file.IsSpoilt && _lookup.SeemsToHaveBlob(etag!, length));
        return new HubFile
        {
            RepoId = request.RepoId.Value,
            RepoType = request.RepoType.ToString(),
            Revision = request.Revision.Value,
            CommitHash = file.Commit!.Value,
            FileName = file.Name.Value,
            Length = length,
            ETag = etag?.Value,
            IsCached = isCached,
            BytesMissing = isCached ? 0 : length - _partial.Left(etag!, length),
        };
    }
}
