using System.Globalization;
using HubCache.PowerShell.Formatting;

namespace HubCache.PowerShell;

/// <summary>Counts what a removal took and what it kept.</summary>
internal sealed class RemovalTotal
{
    private int _removed;
    private int _kept;
    private long _bytes;

    public void Add(RemovedItem item)
    {
        if (item.Kind == "Kept")
        {
            _kept++;
            return;
        }

        _removed++;
        _bytes += item.BytesFreed;
    }

    /// <summary>Says the total in one line; nothing when there was nothing to remove.</summary>
    public void Say(Action<string> say)
    {
        if (_removed + _kept > 0)
        {
            say(string.Create(
                CultureInfo.InvariantCulture,
                $"Removed {_removed}, kept {_kept}: {SizeText.Of(_bytes)} ({_bytes:N0} bytes) freed in total."));
        }
    }
}
