namespace HubCache.Resolving;

/// <summary>Picks from the paths of a repo those that a request means.</summary>
internal static class Selection
{
    /// <summary>Each path once, under the first selector that means it, in the order of the paths within a pattern.</summary>
    /// <returns>A pick without a path for a selector that means nothing; empty when all that was meant is excluded.</returns>
    public static IReadOnlyList<Pick> From(DownloadRequest request, IReadOnlyList<string> paths)
    {
        var known = new HashSet<string>(paths, StringComparer.Ordinal);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        HashSet<string> excluded = Excluded(request.Exclude, paths, known);
        var picks = new List<Pick>();
        for (int number = 0; number < request.Files.Count; number++)
        {
            FileSelector selector = request.Files[number];
            IReadOnlyList<string> meant = selector.Name is HubFileName name && known.Contains(name.Value) ? [name.Value]
                : selector.Pattern is FilePattern pattern ? [.. paths.Where(pattern.Matches)]
                : [];
            if (meant.Count == 0)
            {
                picks.Add(new Pick(number, null));
            }

            picks.AddRange(meant.Where(path => !excluded.Contains(path) && taken.Add(path)).Select(path => new Pick(number, path)));
        }

        return picks;
    }

    // As with what is asked for: a text that is a file's name means that file and no other, whatever it would match.
    private static HashSet<string> Excluded(IReadOnlyList<FilePattern> patterns, IReadOnlyList<string> paths, HashSet<string> known)
        => [.. patterns.SelectMany(pattern => known.Contains(pattern.Text) ? [pattern.Text] : paths.Where(pattern.Matches))];
}

/// <summary>A path that a request means.</summary>
/// <param name="Selector">Which of the request's selectors.</param>
/// <param name="Path">The path; null when the selector means nothing that is there.</param>
internal readonly record struct Pick(int Selector, string? Path);
