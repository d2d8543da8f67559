namespace HubCache.PowerShell;

/// <summary>A commit hash as a parameter takes it: nothing means none.</summary>
internal static class PipedCommit
{
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidRevision"/>.</exception>
    public static HubCache.CommitHash? Parse(string? text)
    {
        return string.IsNullOrEmpty(text) ? null : HubCache.CommitHash.TryParse(text) ?? throw new HubCacheException(
            HubErrorCode.InvalidRevision,
            $"'{text}' is not a commit hash.",
            text,
            "Give all 40 hex digits; -Revision takes the names of branches and tags.");
    }
}
