using System.Diagnostics;

namespace HubCache.Model;

/// <summary>When the work on one file began and ended.</summary>
/// <remarks>The end is reckoned from the beginning: machines that are being set up get their clock put right meanwhile.</remarks>
internal sealed class FileTimes
{
    private long _began = Stopwatch.GetTimestamp();

    /// <summary>UTC. When the file became known, as long as no transfer of it has begun.</summary>
    public DateTime Started { get; private set; } = DateTime.UtcNow;

    /// <summary>Until <see cref="End"/> was last called; zero before that.</summary>
    public TimeSpan Took { get; private set; }

    /// <summary>Whether its transfer has begun.</summary>
    public bool IsBegun { get; private set; }

    /// <summary>Its transfer begins now; one that is begun anew began the first time.</summary>
    public void Begin()
    {
        if (!IsBegun)
        {
            (_began, Started, IsBegun) = (Stopwatch.GetTimestamp(), DateTime.UtcNow, true);
        }
    }

    /// <summary>It began with the transfer of the bytes that it shares.</summary>
    public void BeginWith(FileTimes transfer)
    {
        if (!IsBegun && transfer.IsBegun)
        {
            (_began, Started, IsBegun) = (transfer._began, transfer.Started, true);
        }
    }

    /// <summary>It ends now, unless more is done later.</summary>
    public void End() => Took = Stopwatch.GetElapsedTime(_began);
}
