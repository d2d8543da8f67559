using HubCache.Hub;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Resolving;
using HubCache.Transfer;

namespace HubCache.Maintenance.Repairing;

/// <summary>What a repair asks the Hub besides files: where a branch is, and what a commit holds.</summary>
internal sealed class HubQuestions(HubOptions options, IRetryPolicy retries, Disk disk, IDownloadObserver observer) : IDisposable
{
    private readonly HubConnection _connection = new(options);

    /// <summary>The commit that a revision stands for now; null when the Hub does not say, or has no such revision.</summary>
    /// <exception cref="HubCacheException">The Hub cannot be asked.</exception>
    public async Task<CommitHash?> CommitOfAsync(RepoPaths folder, Revision revision, CancellationToken cancellationToken)
    {
        try
        {
            return await Finder(folder, revision).FindCommitAsync(hasFallback: false, cancellationToken).ConfigureAwait(false);
        }
        catch (HubCacheException e) when (e.Code is HubErrorCode.RevisionNotFound)
        {
            return null;
        }
    }

    /// <summary>The listing of a commit; null when the Hub does not list any, or has no such commit.</summary>
    /// <exception cref="HubCacheException">The Hub cannot be asked.</exception>
    public async Task<IReadOnlyList<TreeEntry>?> TreeOfAsync(RepoPaths folder, CommitHash commit, CancellationToken cancellationToken)
    {
        try
        {
            return (await Finder(folder, Revision.Of(commit))
                .FindTreeAsync(commit, hasFallback: false, cancellationToken)
                .ConfigureAwait(false))?.Entries;
        }
        catch (HubCacheException e) when (e.Code is HubErrorCode.RevisionNotFound)
        {
            return null;
        }
    }

    public void Dispose() => _connection.Dispose();

    private TreeFinder Finder(RepoPaths folder, Revision revision)
    {
        var request = new DownloadRequest { RepoId = folder.Id, RepoType = folder.Type, Revision = revision };
        var rules = new TransferRules(
            retries,
            RetryLimits.For(options.MaximumRetryCount) with { LongestWait = options.LongestWait },
            options.OperationTimeout,
            options.FirstByteTimeout);
        var inquiry = new Inquiry(request, disk, options, _connection, rules, observer);
        return new TreeFinder(inquiry, new TreeClient(new ApiClient(_connection, options.ConnectionTimeout, options.OperationTimeout)));
    }
}
