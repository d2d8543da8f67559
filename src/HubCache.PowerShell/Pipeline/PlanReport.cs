using System.Globalization;
using HubCache.PowerShell.Formatting;

namespace HubCache.PowerShell;

/// <summary>What -WhatIf says: a line for each missing file, not too many, and a total.</summary>
internal sealed class PlanReport(Func<string, string, bool> shouldProcess)
{
    private const int MostLines = 20;

    private readonly HashSet<(DownloadGroup Group, string File)> _seen = [];
    private long _bytes;
    private bool _isLengthUnknown;

    /// <summary>A file of the plan that could be had.</summary>
    public void Add(DownloadGroup group, PlannedFile file)
    {
        if (file.IsCached || !_seen.Add((group, file.FileName.Value)))
        {
            return;
        }

        _bytes += file.Length ?? 0;
        _isLengthUnknown |= file.Length is null;
        if (_seen.Count <= MostLines)
        {
            shouldProcess($"{group.Label} {file.FileName}", file.Length is long length ? $"Download {SizeText.Of(length)}" : "Download");
        }
    }

    /// <summary>The last line. None when nothing is missing.</summary>
    public void Total()
    {
        if (_seen.Count > 0)
        {
            string files = _seen.Count == 1 ? "1 file" : $"{_seen.Count} files";
            string bytes = string.Create(CultureInfo.InvariantCulture, $"{SizeText.Of(_bytes)} ({_bytes:N0} bytes)");
            shouldProcess(files, $"Download {(_isLengthUnknown ? "at least " : string.Empty)}{bytes} in total");
        }
    }
}
