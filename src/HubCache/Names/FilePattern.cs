using HubCache.Names;

namespace HubCache;

/// <summary>
/// A pattern for the files of a repo, as huggingface_hub matches them: Python's <c>fnmatchcase</c> over the whole path. <c>*</c> is
/// anything, '/' too; <c>?</c> one character; <c>[a-z]</c> and <c>[!a-z]</c> one of a set or none of it; a '/' at the end means everything
/// under it.
/// </summary>
public sealed record FilePattern
{
    // The pattern as it stands and, since paths put together on Windows have backslashes, with '/' in their place. Null stands for '*'.
    private readonly CharacterSet?[][] _readings;

    private FilePattern(string text, bool isLiteral)
    {
        Text = text;
        string whole = IsFolder(text) ? text + "*" : text;
        _readings = isLiteral || !whole.Contains('\\', StringComparison.Ordinal)
            ? [Read(CodePoints(whole))]
            : [Read(CodePoints(whole)), Read(CodePoints(whole.Replace('\\', '/')))];
    }

    /// <summary>The pattern as it was given.</summary>
    public string Text { get; }

    /// <summary>Reads a pattern. Every text is one.</summary>
    public static FilePattern Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new FilePattern(text, isLiteral: false);
    }

    /// <summary>A text in which no character has a meaning of its own, but for a '/' at the end.</summary>
    public static FilePattern Literal(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new FilePattern(string.Concat(text.Select(c => c is '*' or '?' or '[' ? $"[{c}]" : $"{c}")), isLiteral: true);
    }

    /// <summary>Whether a text can stand for more than the one file of that name.</summary>
    public static bool IsPattern(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.AsSpan().ContainsAny("*?[") || IsFolder(text);
    }

    /// <summary>Whether the pattern matches a path, upper and lower case apart.</summary>
    public bool Matches(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        int[] points = CodePoints(path);
        return Array.Exists(_readings, places => Matches(places, points));
    }

    /// <inheritdoc/>
    public bool Equals(FilePattern? other) => Text == other?.Text;

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static bool Matches(CharacterSet?[] places, int[] points)
    {
        (int place, int point) = (0, 0);

        // Only the last star is ever tried again: whatever an earlier one could take more, the last one can take as well.
        (int star, int tried) = (-1, 0);
        while (point < points.Length)
        {
            if (place < places.Length && places[place] is null)
            {
                (star, tried) = (place++, point);
            }
            else if (place < places.Length && places[place]!.Contains(points[point]))
            {
                place++;
                point++;
            }
            else if (star >= 0)
            {
                (place, point) = (star + 1, ++tried);
            }
            else
            {
                return false;
            }
        }

        return Array.TrueForAll(places[place..], rest => rest is null);
    }

    private static bool IsFolder(string text) => text.EndsWith('/') || text.EndsWith('\\');

    private static int[] CodePoints(string text) => [.. text.EnumerateRunes().Select(rune => rune.Value)];

    private static CharacterSet?[] Read(int[] pattern)
    {
        var places = new List<CharacterSet?>();
        for (int i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '*':
                    places.Add(null);
                    break;
                case '?':
                    places.Add(CharacterSet.Any);
                    break;
                case '[' when EndOfSet(pattern, i + 1) is int end:
                    places.Add(CharacterSet.Parse(pattern.AsSpan(i + 1, end - i - 1)));
                    i = end;
                    break;
                default:
                    places.Add(CharacterSet.Of(pattern[i]));
                    break;
            }
        }

        return [.. places];
    }

    /// <summary>
    /// Where the bracket closes; null when it never does, and so stands for itself. One right at the beginning is part of the set.
    /// </summary>
    private static int? EndOfSet(int[] pattern, int start)
    {
        int from = start < pattern.Length && pattern[start] == '!' ? start + 1 : start;
        int end = from + 1 < pattern.Length ? Array.IndexOf(pattern, ']', from + 1) : -1;
        return end < 0 ? null : end;
    }
}
