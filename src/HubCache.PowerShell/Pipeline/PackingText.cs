using HubCache.PowerShell.Formatting;

namespace HubCache.PowerShell;

/// <summary>What ShouldProcess asks of archives: how much there is, and where it goes.</summary>
internal static class PackingText
{
    /// <summary>What an export writes.</summary>
    public static string Export(IReadOnlyList<LockedRepo> repos, string? archive, string? lockFile)
    {
        string what =
            What(repos.Count, $"{repos[0].RepoId}@{repos[0].Revision}", repos.Sum(repo => repo.Files.Count), repos.Sum(repo => repo.Size));
        return archive is null ? $"Lock {what}" : lockFile is null ? $"Export {what}" : $"Export {what}, and lock it in {lockFile}";
    }

    /// <summary>What an import writes.</summary>
    public static string Import(IReadOnlyList<ImportedCache> repos, string cache)
    {
        string what =
            What(repos.Count, $"{repos[0].RepoId}@{repos[0].Revision}", repos.Sum(repo => repo.FileCount), repos.Sum(repo => repo.Size));
        return $"Import {what}, of which {SizeText.Of(repos.Sum(repo => repo.BytesWritten))} are new, into {cache}";
    }

    private static string What(int repos, string first, int files, long bytes)
        => $"{(files == 1 ? "1 file" : $"{files} files")} of {(repos == 1 ? first : $"{repos} revisions")}, {SizeText.Of(bytes)}";
}
