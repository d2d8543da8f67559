using HubCache.Names;

namespace HubCache;

/// <summary>What a download would do about one file.</summary>
public sealed class PlannedFile
{
    /// <summary>The name that was asked for.</summary>
    public required HubFileName FileName { get; init; }

    /// <summary>The file's length in bytes; null when it is not known (offline, or an error).</summary>
    public long? Length { get; init; }

    /// <summary>Whether the cache has it and it would not be fetched.</summary>
    public bool IsCached { get; init; }

    /// <summary>Whether the destination lacks it, or has something of which it is not known that it is the file. Always false without a destination.</summary>
    public bool IsToBeLaidOut { get; init; }

    /// <summary>Why it could not be had; null when it could.</summary>
    public HubCacheException? Error { get; init; }
}
