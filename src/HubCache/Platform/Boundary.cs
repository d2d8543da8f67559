namespace HubCache.Platform;

/// <summary>
/// A folder below which every write is reached from it part by part, and the links that are followed on the way all the same.
/// </summary>
internal sealed class Boundary
{
    private readonly string _below;

    /// <summary>Sets a boundary; touches nothing.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="mayFollow">Whether a link at a place is followed if it is this user's own or root's. It gets the names from the root to
    /// the place, none for the root itself.</param>
    public Boundary(string root, Predicate<ArraySegment<string>> mayFollow)
    {
        Root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        MayFollow = mayFollow;
        _below = Path.EndsInDirectorySeparator(Root) ? Root : Root + Path.DirectorySeparatorChar;
    }

    /// <summary>The folder, as a full path.</summary>
    public string Root { get; }

    public Predicate<ArraySegment<string>> MayFollow { get; }

    /// <summary>
    /// Whether listings go by a handle as well. Where only names are read that are written to by a handle afterwards, they need not.
    /// </summary>
    public bool GuardsLists { get; init; }

    /// <summary>Whether a full path lies below the root; the root itself does not.</summary>
    public bool Holds(string fullPath) => fullPath.Length > _below.Length && fullPath.StartsWith(_below, StringComparison.Ordinal);

    /// <summary>The names that lead from the root to a folder that it holds, or to itself.</summary>
    public string[] NamesTo(string fullPath)
        => Holds(fullPath) ? fullPath[_below.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries) : [];

    /// <summary>The boundaries with one more, which stands in for an earlier one of the same root.</summary>
    public static IReadOnlyList<Boundary> Add(IReadOnlyList<Boundary> boundaries, Boundary boundary)
    {
        // The innermost is found first.
        return [.. boundaries.Where(other => other.Root != boundary.Root).Append(boundary).OrderByDescending(other => other.Root.Length)];
    }

    /// <summary>The innermost boundary that holds a path; null for a path outside of all.</summary>
    public static Boundary? Of(IReadOnlyList<Boundary> boundaries, string fullPath)
    {
        foreach (Boundary boundary in boundaries)
        {
            if (boundary.Holds(fullPath))
            {
                return boundary;
            }
        }

        return null;
    }
}
