namespace HubCache.Ownership;

/// <summary>
/// All times of the protocol by which processes and machines that share a cache judge each other. Correctness depends on none of them: a
/// wrong one costs bandwidth or waiting. How they have to follow each other is tested.
/// </summary>
internal static class ProtocolTimes
{
    /// <summary>A listing of a folder of temps answers every look within this time.</summary>
    public static readonly TimeSpan ListingAge = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a contender waits between making its temp and looking for others: longer than a local listing is old.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How long a removal waits between its mark and its first deletion: what a download returned a moment before must not be gone when
    /// its caller looks at it.
    /// </summary>
    public static readonly TimeSpan RemovalGrace = TimeSpan.FromSeconds(1);

    /// <summary>How long the holder of another client's lock is waited for when no temp shows that it works.</summary>
    public static readonly TimeSpan LockHolderPatience = TimeSpan.FromSeconds(2);

    /// <summary>How often a temp or a mark is touched while its owner works, in case nothing else changes it.</summary>
    public static readonly TimeSpan TouchInterval = TimeSpan.FromSeconds(5);

    /// <summary>A temp that is younger than this may not be locked yet: it has its name an instant before.</summary>
    public static readonly TimeSpan NameBeforeLock = TimeSpan.FromSeconds(10);

    /// <summary>How long a removal goes on with what it read of marks and refs before it reads them again.</summary>
    public static readonly TimeSpan LongestUnseen = TimeSpan.FromSeconds(10);

    /// <summary>An owner that has shown no change for this long is stale: it is overtaken, and waited for no longer.</summary>
    public static readonly TimeSpan Stale = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How far apart two looks at a file must be to tell that it does not change: as long as an NFS client answers from its attribute cache
    /// (acregmax and acdirmax, 60 seconds by nfs(5)).
    /// </summary>
    public static readonly TimeSpan BetweenLooks = TimeSpan.FromMinutes(1);

    /// <summary>A mark of another machine, whose process cannot be asked, counts for this long after its last touch.</summary>
    public static readonly TimeSpan MarkSilence = TimeSpan.FromMinutes(5);

    /// <summary>
    /// A file that another process published less than this ago is flushed before it is reported. Older ones the system has written by
    /// itself.
    /// </summary>
    public static readonly TimeSpan Youth = TimeSpan.FromMinutes(5);

    /// <summary>A snapshot that no ref names and that changed less than this ago may be one that another client is filling.</summary>
    public static readonly TimeSpan Filling = TimeSpan.FromHours(1);

    /// <summary>
    /// The age at which a file whose owner cannot be asked may be taken for dead, unless <c>-MinimumAge</c> says another.
    /// </summary>
    public static readonly TimeSpan MinimumAge = TimeSpan.FromHours(24);
}
