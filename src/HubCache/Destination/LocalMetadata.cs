using System.Globalization;
using System.Text;
using HubCache.Ownership;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Destination;

/// <summary>What is known of a laid-out file: the three lines that huggingface_hub keeps of it.</summary>
/// <param name="Commit">The commit that it is from.</param>
/// <param name="ETag">The etag of its bytes, as whoever wrote it spells it.</param>
/// <param name="Timestamp">Until when the file is known to have those bytes, in seconds since 1970, UTC.</param>
internal sealed record LocalMetadata(string Commit, string ETag, double Timestamp)
{
    // Two hashes and a number; anything much longer is something else.
    private const int LongestMetadata = 1024;

    // As huggingface_hub allows it: file systems round their times.
    private const double Slack = 1;

    /// <summary>The metadata in a file; null when there are none, or no such three lines.</summary>
    public static LocalMetadata? Read(Disk disk, string path)
    {
        try
        {
            using SafeFileHandle file = disk.OpenForReading(path, followLink: false);
            Span<byte> buffer = stackalloc byte[LongestMetadata];
            int length = disk.Read(file, buffer, 0, path);
            string[] lines = Encoding.UTF8.GetString(buffer[..length]).Split('\n', StringSplitOptions.TrimEntries);
            return lines.Length >= 3 && double.TryParse(lines[2], NumberStyles.Float, CultureInfo.InvariantCulture, out double timestamp)
                ? new LocalMetadata(lines[0], lines[1], timestamp)
                : null;
        }
        catch (DiskException)
        {
            return null;
        }
    }

    /// <summary>
    /// Writes the metadata of a file that was just laid out or checked, atomically: a reader of half of it would remove it.
    /// </summary>
    /// <remarks>Not flushed: the file is, and metadata that a power cut takes cost no more than a look at the bytes.</remarks>
    /// <exception cref="DiskException">The old metadata are still there, or none.</exception>
    public static void Write(Disk disk, string path, CommitHash commit, ETag etag, FileFacts file)
    {
        // The file's clock may be a server's and ahead of ours: then now is before its own time, which would look like a change.
        double timestamp = Math.Max(Seconds(DateTime.UtcNow), Seconds(file.Modified));
        using Temp temp = Temp.Create(disk, Path.GetDirectoryName(path)!, "copy");
        temp.Append(Encoding.UTF8.GetBytes($"{commit}\n{etag}\n{Print(timestamp)}\n"));
        temp.RenameTo(path);
    }

    /// <summary>Whether the file has not changed since.</summary>
    public bool IsCurrent(FileFacts file) => Seconds(file.Modified) - Slack <= Timestamp;

    private static double Seconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks / (double)TimeSpan.TicksPerSecond;

    /// <summary>As Python prints a float: always with a point.</summary>
    private static string Print(double seconds)
    {
        string text = seconds.ToString("R", CultureInfo.InvariantCulture);
        return text.Contains('.', StringComparison.Ordinal) ? text : text + ".0";
    }
}
