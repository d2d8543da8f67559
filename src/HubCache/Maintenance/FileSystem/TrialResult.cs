namespace HubCache.Maintenance.FileSystem;

/// <summary>What a trial found; it becomes a <see cref="FileSystemCheck"/> once the cache is added.</summary>
internal sealed record TrialResult(string Result, string Severity, string Meaning, object? Value = null, string? Unit = null)
{
    public static TrialResult Yes(string meaning, object? value = null, string? unit = null)
        => new("Yes", "Information", meaning, value, unit);

    /// <summary>No, and nothing is lost by it.</summary>
    public static TrialResult No(string meaning, object? value = null, string? unit = null)
        => new("No", "Information", meaning, value, unit);

    /// <summary>No, and it costs time, room or comfort.</summary>
    public static TrialResult Warning(string meaning, object? value = null, string? unit = null)
        => new("No", "Warning", meaning, value, unit);

    /// <summary>No, and this is no place for a cache.</summary>
    public static TrialResult Error(string meaning, object? value = null, string? unit = null) => new("No", "Error", meaning, value, unit);

    public static TrialResult Unknown(string meaning, object? value = null) => new("Unknown", "Information", meaning, value);

    public static TrialResult NotTried(string reason) => new("NotTried", "Information", reason);
}
