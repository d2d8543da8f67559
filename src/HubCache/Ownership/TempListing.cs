using System.Diagnostics;
using HubCache.Platform;

namespace HubCache.Ownership;

/// <summary>
/// The temps in a folder as they were a moment ago: many small files look for their rivals, and one listing serves all of them.
/// </summary>
internal sealed class TempListing(Disk disk, string folder)
{
    private readonly object _gate = new();
    private IReadOnlyList<string> _names = [];
    private long _listedAt;

    /// <summary>The names, at most 50 ms old.</summary>
    /// <exception cref="DiskException">The folder cannot be listed.</exception>
    public IReadOnlyList<string> Names()
    {
        lock (_gate)
        {
            if (_listedAt == 0 || Stopwatch.GetElapsedTime(_listedAt) > ProtocolTimes.ListingAge)
            {
                _names = [.. disk.List(folder).Where(name => name.EndsWith(IncompleteName.Suffix, StringComparison.Ordinal))];
                _listedAt = Stopwatch.GetTimestamp();
            }

            return _names;
        }
    }
}
