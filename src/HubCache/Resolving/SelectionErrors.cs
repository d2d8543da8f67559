using HubCache.Hub;

namespace HubCache.Resolving;

/// <summary>The errors of a request that means nothing, or nothing that can be saved.</summary>
internal static class SelectionErrors
{
    /// <summary>The error for a selector that means no file of the commit.</summary>
    public static HubCacheException NotFound(DownloadRequest request, FileSelector selector)
    {
        return selector.IsOneFile
            ? HubErrors.FileNotFound(request.RepoId, request.Revision, selector.Name!)
            : new HubCacheException(
                HubErrorCode.HubFileNotFound,
                selector == FileSelector.Everything
                    ? $"The repo '{request.RepoId}' has no file at all at '{request.Revision}'."
                    : $"The repo '{request.RepoId}' has no file that '{selector}' matches at '{request.Revision}'.",
                selector.Text,
                "Patterns are matched with the whole path, upper and lower case apart; '*' takes in '/' too. Find-HubFile shows what "
                    + "the repo has.");
    }

    /// <summary>The error when every file that is meant is excluded.</summary>
    public static HubCacheException NothingLeft(DownloadRequest request)
    {
        return new HubCacheException(
            HubErrorCode.HubFileNotFound,
            $"Of the repo '{request.RepoId}' at '{request.Revision}' nothing is left: all that was asked for is excluded.",
            request.RepoId.Value,
            "Exclude less, or ask for more.");
    }

    /// <summary>The error for a file of a repo whose name cannot be used here.</summary>
    public static HubCacheException Unusable(DownloadRequest request, string path, string fault)
    {
        return new HubCacheException(
            HubErrorCode.InvalidFileName,
            $"The repo '{request.RepoId}' has a file '{path}' that cannot be saved here: its name {fault}.",
            path,
            "Nothing was written for it. Leave it out with -Exclude, or save the repo on another system.");
    }
}
