using HubCache.Model;

namespace HubCache.Store;

internal enum ProblemSeverity
{
    Information,
    Warning,
    Error,
}

/// <summary>Something wrong with one thing in a repo's folder, as the scans write it down.</summary>
/// <param name="Kind">What.</param>
/// <param name="Path">The thing.</param>
/// <param name="Sentence">The same for people, a sentence.</param>
internal sealed record Finding(ProblemKind Kind, string Path, string Sentence)
{
    /// <summary>The commit that it belongs to; null when to none, or when the path says so.</summary>
    public CommitHash? Commit { get; init; }

    /// <summary>The file that suffers from it; null when none does, or when the path says so.</summary>
    public string? FileName { get; init; }

    /// <summary>How bad it is; what is usual for its kind when it is not said.</summary>
    public ProblemSeverity Severity { get; init; } = UsualSeverity(Kind);

    /// <summary>Whether a repair can do something about it.</summary>
    public bool Repairable { get; init; } =
        Kind is not (ProblemKind.Unreadable or ProblemKind.UnknownTree or ProblemKind.MissingTree or ProblemKind.BlobOutside);

    private static ProblemSeverity UsualSeverity(ProblemKind kind) => kind switch
    {
        ProblemKind.MissingFile or ProblemKind.Leftover or ProblemKind.UnknownTree => ProblemSeverity.Information,
        ProblemKind.BlobOutside or ProblemKind.AbsoluteLink or ProblemKind.OddLink or ProblemKind.MissingLink or ProblemKind.UntidyRef
            or ProblemKind.BadTree or ProblemKind.WrongPermission or ProblemKind.ForeignFile => ProblemSeverity.Warning,
        _ => ProblemSeverity.Error,
    };
}
