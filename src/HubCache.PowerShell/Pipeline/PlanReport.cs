using System.Globalization;
using HubCache.PowerShell.Formatting;

namespace HubCache.PowerShell;

/// <summary>What -WhatIf says: a line for each missing file, not too many, and a total.</summary>
internal sealed class PlanReport(Func<string, string, bool> shouldProcess)
{
    private const int MostLines = 20;

    private readonly HashSet<(DownloadGroup Group, string File)> _seen = [];
    private long _bytes;

    /// <summary>A file of the plan that could be had.</summary>
    public void Add(DownloadGroup group, HubFile file)
    {
        if (file.IsCached || !_seen.Add((group, file.FileName)))
        {
            return;
        }

        _bytes += file.BytesMissing;
        if (_seen.Count <= MostLines)
        {
            shouldProcess($"{group.Label} {file.FileName}", $"Download {SizeText.Of(file.BytesMissing)}");
        }
    }

    /// <summary>The last line. None when nothing is missing.</summary>
    public void Total()
    {
        if (_seen.Count > 0)
        {
            string files = _seen.Count == 1 ? "1 file" : $"{_seen.Count} files";
            string bytes = string.Create(CultureInfo.InvariantCulture, $"{SizeText.Of(_bytes)} ({_bytes:N0} bytes)");
            shouldProcess(files, $"Download {bytes} in total");
        }
    }
}
