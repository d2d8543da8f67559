using System.Text;

namespace HubCache.Names;

/// <summary>
/// What a system takes for the parts of a relative path: checked for every name that comes from outside, where it comes in.
/// </summary>
/// <remarks>
/// A name is checked by the rules of the system that is about to use it, each time it enters one: a cache, an archive or a lock file that
/// was written on Linux may have names that lead out of the folder on Windows. Whether a file system can have a name is another matter:
/// that is tried.
/// </remarks>
internal sealed class NameRules
{
    // NAME_MAX of every file system in use.
    private const int LongestSegment = 255;

    private static readonly string[] DeviceNames = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

    private static readonly Encoding StrictUtf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly bool _areOfWindows;
    private readonly bool _areBytesCounted;

    private NameRules(bool areOfWindows, bool areBytesCounted) => (_areOfWindows, _areBytesCounted) = (areOfWindows, areBytesCounted);

    /// <summary>Those of Linux: whatever stays in the folder is a name.</summary>
    public static NameRules Linux { get; } = new(areOfWindows: false, areBytesCounted: true);

    /// <summary>Those of macOS, which counts UTF-16 units.</summary>
    public static NameRules MacOS { get; } = new(areOfWindows: false, areBytesCounted: false);

    /// <summary>Those of Windows, where more characters lead elsewhere, and some names are devices or are changed.</summary>
    public static NameRules Windows { get; } = new(areOfWindows: true, areBytesCounted: false);

    /// <summary>Those of the system that this runs on.</summary>
    public static NameRules OfThisSystem { get; } = OperatingSystem.IsWindows() ? Windows : OperatingSystem.IsMacOS() ? MacOS : Linux;

    /// <summary>Why a path of segments, '/' between them, cannot be used, or null when it can.</summary>
    public string? FaultOfPath(string? path)
    {
        return string.IsNullOrEmpty(path) ? "is empty" : path.Split('/').Select(Fault).FirstOrDefault(fault => fault is not null);
    }

    /// <summary>Why the segment cannot be used, or null when it can.</summary>
    public string? Fault(string segment)
    {
        return segment.Length == 0 ? "has an empty part"
            : segment is "." or ".." ? $"has a '{segment}' part"
            : segment.Contains('\0', StringComparison.Ordinal) ? "has a control character"
            : (_areOfWindows ? FaultOnWindows(segment) : null) ?? FaultOfLength(segment);
    }

    private string? FaultOfLength(string segment)
    {
        try
        {
            int bytes = StrictUtf8.GetByteCount(segment);
            return _areBytesCounted && bytes > LongestSegment ? $"has a part longer than {LongestSegment} bytes"
                : segment.Length > LongestSegment ? $"has a part longer than {LongestSegment} characters"
                : null;
        }
        catch (EncoderFallbackException)
        {
            return "is not valid Unicode";
        }
    }

    private static string? FaultOnWindows(string segment)
    {
        foreach (char c in segment)
        {
            if (c < ' ')
            {
                return "has a control character, which is no part of a name on Windows";
            }

            // '\' separates folders there, and ':' opens a drive or an alternate stream.
            if (c is '\\' or ':' or '<' or '>' or '"' or '|' or '*' or '?')
            {
                return $"has the character '{c}', which is no part of a name on Windows";
            }
        }

        return segment[^1] is '.' or ' ' ? "has a part that ends in a dot or a space, which Windows drops"
            : DeviceName(segment) is not null ? $"has the part '{segment}', a device on Windows"
            : null;
    }

    /// <summary>The device that Windows takes a segment for, such as <c>aux</c> for <c>aux.py</c>; null for none.</summary>
    public static string? DeviceName(string segment)
    {
        string stem = segment.Split('.')[0].TrimEnd(' ');
        bool isPort = stem.Length == 4
            && (stem.StartsWith("COM", StringComparison.OrdinalIgnoreCase) || stem.StartsWith("LPT", StringComparison.OrdinalIgnoreCase))
            && stem[3] is (>= '0' and <= '9') or '\u00B9' or '\u00B2' or '\u00B3';
        return isPort || Array.Exists(DeviceNames, name => name.Equals(stem, StringComparison.OrdinalIgnoreCase)) ? stem : null;
    }
}
