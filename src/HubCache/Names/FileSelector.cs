namespace HubCache;

/// <summary>Says which files of a repo are meant: one by its name, those that a pattern matches, or all.</summary>
public sealed record FileSelector
{
    private FileSelector(string text, HubFileName? name, FilePattern? pattern) => (Text, Name, Pattern) = (text, name, pattern);

    /// <summary>All files: the snapshot.</summary>
    public static FileSelector Everything { get; } = new("*", null, FilePattern.Parse("*"));

    /// <summary>The name or the pattern as it was given; <c>*</c> for everything.</summary>
    public string Text { get; }

    /// <summary>The file that is meant if there is one of exactly this name; null where the text can be no name.</summary>
    public HubFileName? Name { get; }

    /// <summary>What is meant if there is no such file; null where only the name counts.</summary>
    public FilePattern? Pattern { get; }

    /// <summary>Whether nothing but a name is meant.</summary>
    public bool IsName => Pattern is null;

    /// <summary>Whether one file is meant, be it by one of two spellings of its path.</summary>
    public bool IsOneFile => IsName || (Name is not null && !FilePattern.IsPattern(Text));

    /// <summary>The file of this name, whatever characters are in it.</summary>
    public static FileSelector Of(HubFileName name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new FileSelector(name.Value, name, null);
    }

    /// <summary>The files below a folder, whatever characters are in its name.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidFileName"/>: it is no path in a repo.</exception>
    public static FileSelector Folder(string path)
    {
        string text = $"{HubFileName.Parse(path?.TrimEnd('/')!)}/";
        return new FileSelector(text, null, FilePattern.Literal(text));
    }

    /// <summary>What a person typed: a name, or a pattern when it has one of <c>*?[</c> or ends in '/'.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidFileName"/>: neither.</exception>
    public static FileSelector Parse(string text)
    {
        if (FilePattern.IsPattern(text))
        {
            return new FileSelector(text, HubFileName.TryParse(text), FilePattern.Parse(text));
        }

        // Paths put together on Windows have backslashes; so do names in a repo, if rarely.
        HubFileName? slashed = text.Contains('\\', StringComparison.Ordinal) ? HubFileName.TryParse(text.Replace('\\', '/')) : null;
        return slashed is null ? Of(HubFileName.Parse(text))
            : HubFileName.TryParse(text) is HubFileName name ? new FileSelector(text, name, FilePattern.Literal(slashed.Value))
            : Of(slashed);
    }

    /// <summary>The same as <see cref="Of"/>.</summary>
    public static implicit operator FileSelector(HubFileName name) => Of(name);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
