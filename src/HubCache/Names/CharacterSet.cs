namespace HubCache.Names;

/// <summary>The characters that one place of a pattern allows, as code points.</summary>
internal sealed class CharacterSet
{
    private readonly bool _isNegated;
    private readonly (int First, int Last)[] _ranges;

    private CharacterSet(bool isNegated, params (int First, int Last)[] ranges) => (_isNegated, _ranges) = (isNegated, ranges);

    /// <summary>Every character.</summary>
    public static CharacterSet Any { get; } = new(isNegated: true);

    /// <summary>One character.</summary>
    public static CharacterSet Of(int point) => new(isNegated: false, (point, point));

    /// <summary>Reads what stands between brackets.</summary>
    /// <remarks>
    /// As Python's <c>fnmatch</c> does it: a hyphen between two characters makes a range; one at the end, or right behind a range, stands
    /// for itself. Ranges that run backwards are dropped first, and only then is a leading <c>!</c> looked for: <c>[c-a!x]</c> is all but
    /// x.
    /// </remarks>
    public static CharacterSet Parse(ReadOnlySpan<int> content)
    {
        List<(int Point, bool IsJoin)> parts = WithoutBackwardRanges(content);
        bool isNegated = parts.Count > 0 && parts[0] == ('!', false);
        var ranges = new List<(int, int)>();
        for (int i = isNegated ? 1 : 0; i < parts.Count;)
        {
            bool isRange = i + 2 < parts.Count && parts[i + 1].IsJoin;
            ranges.Add((parts[i].Point, parts[isRange ? i + 2 : i].Point));
            i += isRange ? 3 : 1;
        }

        return new CharacterSet(isNegated, [.. ranges]);
    }

    public bool Contains(int point)
    {
        foreach ((int first, int last) in _ranges)
        {
            if (point >= first && point <= last)
            {
                return !_isNegated;
            }
        }

        return _isNegated;
    }

    /// <summary>The characters in order, each hyphen marked that joins its neighbours to a range.</summary>
    private static List<(int Point, bool IsJoin)> WithoutBackwardRanges(ReadOnlySpan<int> content)
    {
        var parts = new List<(int, bool)>();
        int firstOfRange = content.Length > 0 && content[0] == '!' ? 1 : 0;
        for (int i = 0; i < content.Length;)
        {
            bool isRange = i >= firstOfRange && i + 2 < content.Length && content[i + 1] == '-';
            if (!isRange)
            {
                parts.Add((content[i++], false));
                continue;
            }

            if (content[i] <= content[i + 2])
            {
                parts.AddRange([(content[i], false), ('-', true), (content[i + 2], false)]);
            }

            i += 3;
        }

        return parts;
    }
}
