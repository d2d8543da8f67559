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
    public void Add(DownloadGroup group, HubFile file, bool isToBeLaidOut)
    {
        if ((file.IsCached && !isToBeLaidOut) || !_seen.Add((group, file.FileName)))
        {
            return;
        }

        if (!file.IsCached)
        {
            _downloads.Add(file.BytesMissing);
        }

        if (isToBeLaidOut)
        {
            _copies.Add(file.Length);
        }

        if (_seen.Count <= MostLines)
        {
            string action = file.IsCached ? $"{Verb} {SizeText.Of(file.Length)} to {Folder}"
                : $"Download {SizeText.Of(file.BytesMissing)}" + (isToBeLaidOut ? $" and {LowerVerb} to {Folder}" : string.Empty);
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

    /// <summary>Some files and their bytes.</summary>
    private sealed class Sum
    {
        private long _bytes;

        public int Count { get; private set; }

        public void Add(long length)
        {
            Count++;
            _bytes += length;
        }

        public override string ToString()
        {
            return string.Create(CultureInfo.InvariantCulture, $"{SizeText.Of(_bytes)} ({_bytes:N0} bytes)");
        }
    }
}
