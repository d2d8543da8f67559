using System.Globalization;
using HubCache.PowerShell.Formatting;

namespace HubCache.PowerShell;

/// <summary>What -WhatIf says: a line for each file that something would be done about, not too many, and a total.</summary>
internal sealed class PlanReport(Func<string, string, bool> shouldProcess, DestinationFolder? destination)
{
    private const int MostLines = 20;

    private readonly HashSet<(DownloadGroup Group, string File)> _seen = [];
    private readonly Sum _downloads = new();
    private readonly Sum _copies = new();

    /// <summary>A file of the plan that could be had.</summary>
    public void Add(DownloadGroup group, PlannedFile file)
    {
        if ((file.IsCached && !file.IsToBeLaidOut) || !_seen.Add((group, file.FileName.Value)))
        {
            return;
        }

        if (!file.IsCached)
        {
            _downloads.Add(file.Length);
        }

        if (file.IsToBeLaidOut)
        {
            _copies.Add(file.Length);
        }

        if (_seen.Count <= MostLines)
        {
            string size = file.Length is long length ? $" {SizeText.Of(length)}" : string.Empty;
            string action = file.IsCached ? $"{Verb}{size} to {Folder}"
                : $"Download{size}" + (file.IsToBeLaidOut ? $" and {LowerVerb} to {Folder}" : string.Empty);
            shouldProcess($"{group.Label} {file.FileName}", action);
        }
    }

    /// <summary>The last line. None when nothing is missing.</summary>
    public void Total()
    {
        if (_seen.Count > 0)
        {
            string files = _seen.Count == 1 ? "1 file" : $"{_seen.Count} files";
            string action = _downloads.Count == 0 ? $"{Verb} {_copies} in total to {Folder}"
                : $"Download {_downloads} in total" + (_copies.Count > 0 ? $" and {LowerVerb} {_copies} to {Folder}" : string.Empty);
            shouldProcess(files, action);
        }
    }

    // What cannot be linked is copied: nobody knows before it is tried.
    private string LowerVerb => destination is { HardLink: true } ? "link or copy" : "copy";

    private string Verb => destination is { HardLink: true } ? "Link or copy" : "Copy";

    private string? Folder => destination?.FullName;

    /// <summary>Some files and their bytes, as far as they are known.</summary>
    private sealed class Sum
    {
        private long _bytes;
        private bool _isLengthUnknown;

        public int Count { get; private set; }

        public void Add(long? length)
        {
            Count++;
            _bytes += length ?? 0;
            _isLengthUnknown |= length is null;
        }

        public override string ToString()
        {
            string atLeast = _isLengthUnknown ? "at least " : string.Empty;
            return string.Create(CultureInfo.InvariantCulture, $"{atLeast}{SizeText.Of(_bytes)} ({_bytes:N0} bytes)");
        }
    }
}
