using System.Text;

namespace HubCache.Names;

/// <summary>The rules for one segment of a path that comes from outside, those of POSIX and of Windows on every system.</summary>
/// <remarks>A cache that was filled on Linux may be read on Windows later.</remarks>
internal static class PathSegment
{
    // NAME_MAX of every file system in use, in bytes.
    private const int LongestSegmentInBytes = 255;

    private static readonly string[] DeviceNames = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

    private static readonly Encoding StrictUtf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Why a path of segments, '/' between them, cannot be used, or null when it can.</summary>
    public static string? FaultOfPath(string path)
    {
        return string.IsNullOrEmpty(path) ? "is empty" : path.Split('/').Select(Fault).FirstOrDefault(fault => fault is not null);
    }

    /// <summary>Why the segment cannot be used, or null when it can.</summary>
    public static string? Fault(string segment)
    {
        if (segment.Length == 0)
        {
            return "has an empty part";
        }

        if (segment is "." or "..")
        {
            return $"has a '{segment}' part";
        }

        foreach (char c in segment)
        {
            if (char.IsControl(c))
            {
                return "has a control character";
            }

            // ':' opens an alternate stream or a drive on Windows. '*' and '?' are legal on Unix, and repos have them.
            if (c is '\\' or ':' or '<' or '>' or '"' or '|' || (c is '*' or '?' && OperatingSystem.IsWindows()))
            {
                return $"has the character '{c}', which is no part of a name on Windows";
            }
        }

        if (segment[^1] is '.' or ' ')
        {
            return "has a part that ends in a dot or a space, which Windows drops";
        }

        if (IsDeviceName(segment))
        {
            return $"has the part '{segment}', a device on Windows";
        }

        try
        {
            return StrictUtf8.GetByteCount(segment) > LongestSegmentInBytes ? $"has a part longer than {LongestSegmentInBytes} bytes" : null;
        }
        catch (EncoderFallbackException)
        {
            return "is not valid Unicode";
        }
    }

    private static bool IsDeviceName(string segment)
    {
        string stem = segment.Split('.')[0].TrimEnd(' ');
        if (Array.Exists(DeviceNames, name => name.Equals(stem, StringComparison.OrdinalIgnoreCase)))
        {
            return true;
        }

        return stem.Length == 4
            && (stem.StartsWith("COM", StringComparison.OrdinalIgnoreCase) || stem.StartsWith("LPT", StringComparison.OrdinalIgnoreCase))
            && stem[3] is (>= '0' and <= '9') or '\u00B9' or '\u00B2' or '\u00B3';
    }
}
