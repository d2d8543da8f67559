using HubCache.Hub;

namespace HubCache.Resolving;

/// <summary>
/// Finds out what a request means, in the way that costs the fewest requests: by the tree of its commit, or file by file.
/// </summary>
internal sealed class RequestResolver(Inquiry inquiry)
{
    // A commit and a tree are two requests, and a tree may be long.
    private const int MostAskedOneByOne = 16;

    private readonly DownloadRequest _request = inquiry.Request;
    private readonly TreeAnswers _trees = new(inquiry);

    /// <summary>Resolves the request.</summary>
    /// <param name="remember">Whether a file that the Hub does not have may be noted in the cache.</param>
    /// <param name="cancellationToken">Ends the requests to the Hub.</param>
    public async Task<Resolution> ResolveAsync(bool remember, CancellationToken cancellationToken)
    {
        if (inquiry.Options.Offline && _request.Force)
        {
            return Resolution.Refused(_request, new HubCacheException(
                HubErrorCode.InvalidOption,
                "-Force asks the Hub for every file again, and offline it is not asked.",
                _request.RepoId.Value,
                "Leave out -Force, or go online: HF_HUB_OFFLINE, -Offline."));
        }

        bool isOfNames = _request.Exclude.Count == 0 && _request.Files.All(selector => selector.IsName);
        var api = new ApiClient(inquiry.Connection, inquiry.Options.ConnectionTimeout, inquiry.Options.OperationTimeout);
        var tree = new TreeResolver(inquiry, new TreeFinder(inquiry, new TreeClient(api)));
        if (isOfNames && inquiry.Pinned is CommitHash commit && !_request.Force && _trees.Read(commit) is RepoTree known)
        {
            return tree.ResolveFrom(known);
        }

        bool isWorthATree = !isOfNames || (_request.Files.Distinct().Count() > MostAskedOneByOne && !inquiry.Options.Offline);
        if (isWorthATree && await tree.ResolveAsync(cancellationToken).ConfigureAwait(false) is Resolution resolution)
        {
            return resolution;
        }

        return isOfNames
            ? await ResolveOneByOneAsync(tree, remember, cancellationToken).ConfigureAwait(false)
            : Resolution.Refused(_request, HubErrors.Nonsense(inquiry.Options.Endpoint, "it lists no files of a repo"));
    }

    private async Task<Resolution> ResolveOneByOneAsync(TreeResolver tree, bool remember, CancellationToken cancellationToken)
    {
        List<Selected> answers = [.. _request.Files
            .Select((selector, number) => (selector, number)).DistinctBy(item => item.selector)
            .Select(item => Selected.Of(item.number, new FileState(item.selector.Name!)))];
        var metadata = new MetadataClient(inquiry.Connection, inquiry.Options.ConnectionTimeout);
        HubCacheException? shared = await new FileResolver(inquiry, metadata)
            .ResolveAsync([.. answers.Select(answer => answer.File!)], remember, cancellationToken)
            .ConfigureAwait(false);
        if (answers.Exists(answer => answer.File!.NeedsTree)
            && await tree.ResolveAsync(cancellationToken).ConfigureAwait(false) is Resolution byTree
            && byTree.Answers.Any(answer => answer.Failure is null))
        {
            return byTree;
        }

        return new Resolution(
            shared is null ? answers : [.. answers.Select(answer => Selected.Refused(answer.Selector, answer.Text, shared))]);
    }
}
