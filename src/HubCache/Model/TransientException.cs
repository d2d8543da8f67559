namespace HubCache;

/// <summary>An attempt failed in a way that another may not.</summary>
public sealed class TransientException : Exception
{
    /// <summary>Wraps what is reported when no attempt succeeds.</summary>
    /// <param name="cause">The error as the caller would see it.</param>
    /// <param name="pause">How long the server asked to wait; null when it did not say.</param>
    public TransientException(HubCacheException cause, TimeSpan? pause = null)
        : base(cause?.Message, cause)
    {
        ArgumentNullException.ThrowIfNull(cause);
        Cause = cause;
        Pause = pause;
    }

    /// <summary>The error as the caller would see it.</summary>
    public HubCacheException Cause { get; }

    /// <summary>How long the server asked to wait; null when it did not say.</summary>
    public TimeSpan? Pause { get; }
}
