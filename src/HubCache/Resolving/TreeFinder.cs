using System.Globalization;
using HubCache.Hub;
using HubCache.Names;

namespace HubCache.Resolving;

/// <summary>Asks the Hub for a commit and for its tree, page by page.</summary>
internal sealed class TreeFinder(Inquiry inquiry, TreeClient hub)
{
    // Five million files, or half a gigabyte of listings: no repo is like that.
    private const int MostPages = 5000;
    private const long MostBytes = 512 << 20;

    private readonly DownloadRequest _request = inquiry.Request;

    /// <summary>The commit that the revision stands for now; null when this Hub cannot say so apart from a file.</summary>
    public Task<CommitHash?> FindCommitAsync(bool hasFallback, CancellationToken cancellationToken)
    {
        return inquiry.AskAsync(
            _request.RepoId.Value,
            hasFallback,
            token => hub.GetCommitAsync(_request.RepoType, _request.RepoId, _request.Revision, token),
            cancellationToken);
    }

    /// <summary>The tree of a commit, in the order of its paths; null when this Hub does not list any.</summary>
    public async Task<RepoTree?> FindTreeAsync(CommitHash commit, bool hasFallback, CancellationToken cancellationToken)
    {
        var entries = new Dictionary<string, TreeEntry>(StringComparer.Ordinal);
        var seen = new HashSet<Uri>();
        long bytes = 0;
        for (Uri? next = HubAddress.Tree(inquiry.Options.Endpoint, _request.RepoType, _request.RepoId, commit); next is not null;)
        {
            Uri address = next;
            if (!seen.Add(address) || seen.Count > MostPages || bytes > MostBytes)
            {
                throw HubErrors.Nonsense(
                    address,
                    string.Create(CultureInfo.InvariantCulture, $"its tree does not end: after {seen.Count} pages it leads on, or back"));
            }

            TreePage? page = await inquiry.AskAsync(
                _request.RepoId.Value,
                hasFallback,
                token => hub.GetPageAsync(address, _request.RepoId, commit, token),
                cancellationToken).ConfigureAwait(false);
            if (page is null)
            {
                return null;
            }

            foreach (TreeEntry entry in page.Files)
            {
                if (!entries.TryAdd(entry.Path, entry) && entries[entry.Path] != entry)
                {
                    throw HubErrors.Nonsense(address, "its tree has two files of one name");
                }
            }

            bytes += page.Length;
            next = page.Next;
        }

        return new RepoTree(commit, [.. entries.Values.OrderBy(entry => entry.Path, StringComparer.Ordinal)]);
    }
}
