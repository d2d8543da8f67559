using HubCache.Names;

namespace HubCache;

/// <summary>A revision that has been checked: a branch, a tag, <c>refs/pr/N</c>, or a full commit hash.</summary>
/// <remarks>The rules are git-check-ref-format's and, since the name becomes a path under <c>refs/</c>, those of a path.</remarks>
public sealed record Revision
{
    private Revision(string value)
    {
        Value = value;
        Commit = CommitHash.TryParse(value);
    }

    /// <summary>The branch that is meant when none is given.</summary>
    public static Revision Main { get; } = new("main");

    /// <summary>The name as the Hub knows it.</summary>
    public string Value { get; }

    /// <summary>The commit, when the revision is one; null for a name that may move.</summary>
    public CommitHash? Commit { get; }

    /// <summary>Checks a revision.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidRevision"/>.</exception>
    public static Revision Parse(string value)
    {
        if (Fault(value) is string fault)
        {
            throw new HubCacheException(
                HubErrorCode.InvalidRevision,
                $"'{value}' is not a revision: it {fault}.",
                value ?? string.Empty,
                "Give a branch, a tag, refs/pr/N or a full commit hash of 40 hex digits.");
        }

        bool isUpperCaseCommit = Hex.IsLower(value.ToLowerInvariant(), 40);
        return new Revision(isUpperCaseCommit ? value.ToLowerInvariant() : value);
    }

    /// <summary>The revision that is exactly this commit.</summary>
    public static Revision Of(CommitHash commit)
    {
        ArgumentNullException.ThrowIfNull(commit);
        return new Revision(commit.Value);
    }

    /// <inheritdoc/>
    public override string ToString() => Value;

    private static string? Fault(string value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return "is empty";
        }

        if (value.IndexOfAny([' ', '~', '^', ':', '*', '?', '[', '\\']) >= 0 || value.Any(char.IsControl) || value.Contains(
            "..", StringComparison.Ordinal)
            || value.Contains("@{", StringComparison.Ordinal) || value == "@" || value[^1] == '.')
        {
            return "has a character or a sequence that git refuses in a ref";
        }

        foreach (string segment in value.Split('/'))
        {
            if (NameRules.OfThisSystem.Fault(segment) is string fault)
            {
                return fault;
            }

            if (segment[0] == '.' || segment.EndsWith(".lock", StringComparison.Ordinal))
            {
                return "has a part that begins with a dot or ends in '.lock', which git refuses";
            }
        }

        return null;
    }
}
