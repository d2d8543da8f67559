namespace HubCache.PowerShell;

/// <summary>What one record means: its RepoId taken apart, and put together with what is said beside it.</summary>
/// <param name="Text">The RepoId as it was given, without what may follow an address.</param>
/// <param name="RepoId">The plain id.</param>
/// <param name="RepoType">The type; null when nobody says it.</param>
/// <param name="Revision">The revision; a commit that nobody gave a branch for is its own. Null when nobody says it.</param>
/// <param name="Commit">The commit that is said beside it, to take the files from; null for none.</param>
/// <param name="File">The file or folder that the RepoId names; null for none.</param>
internal sealed record HubTarget(string Text, RepoId RepoId, RepoType? RepoType, Revision? Revision, CommitHash? Commit, FileSelector? File)
{
    /// <summary>The revision that somebody named; null where only a commit was given.</summary>
    public Revision? NamedRevision => Commit is not null && Revision?.Commit == Commit ? null : Revision;

    /// <summary>Reads a record.</summary>
    /// <exception cref="HubCacheException">A part is wrong, or said twice and differently.</exception>
    public static HubTarget Read(string repoId, RepoType? repoType, string? revision, string? commitHash, Uri? endpoint)
    {
        HubReference reference = HubReference.Parse(repoId, endpoint);
        string text = Shown(repoId);
        Revision? given = string.IsNullOrEmpty(revision) ? null : Revision.Parse(revision);
        CommitHash? commit = PipedCommit.Parse(commitHash);
        _ = Agreed(text, nameof(CommitHash), commit, reference.Revision?.Commit);
        return new HubTarget(
            text,
            reference.RepoId,
            Agreed(text, nameof(RepoType), repoType, reference.RepoType),
            Agreed(text, nameof(Revision), given, reference.Revision) ?? (commit is null ? null : Revision.Of(commit)),
            commit,
            reference.File);
    }

    /// <summary>The files: those that are named beside the RepoId, else that of the RepoId itself, else all.</summary>
    /// <param name="fileName">The names and patterns; null for none.</param>
    /// <param name="isTyped">Whether they may be patterns: what a record brings is a name, whatever characters are in it.</param>
    /// <param name="attempt">Runs what is done for one of them, and reports its failure.</param>
    public IReadOnlyList<FileSelector> Files(string[]? fileName, bool isTyped, Action<Action> attempt)
    {
        if (fileName is null)
        {
            return [File ?? FileSelector.Everything];
        }

        var files = new List<FileSelector>();
        foreach (string name in fileName)
        {
            attempt(() =>
            {
                FileSelector given = isTyped ? FileSelector.Parse(name) : HubFileName.Parse(name);
                _ = Agreed(Text, nameof(CachedFile.FileName), given.Text, File?.Text);
                files.Add(File ?? given);
            });
        }

        return files;
    }

    /// <summary>A reference as it may be repeated: what follows an address is nobody's business.</summary>
    public static string Shown(string reference) => HubReference.IsMoreThanAnId(reference) ? reference.Split('?', '#')[0] : reference;

    /// <summary>What two places say that may both be silent.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: they say different things.</exception>
    public static T? Agreed<T>(string text, string parameter, T? given, T? said)
    {
        return given is null ? said : said is null || given.Equals(said) ? given : throw new HubCacheException(
            HubErrorCode.InvalidOption,
            $"-{parameter} says '{given}', and '{text}' says '{said}'.",
            text,
            $"Leave out -{parameter}, or give the repo by its plain id.");
    }
}
