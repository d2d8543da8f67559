using System.Security.Cryptography;
using System.Text;
using HubCache.Names;

namespace HubCache.Destination;

/// <summary>The name that a file gets in a destination whose file system cannot have its own.</summary>
internal static class SubstituteName
{
    private const string MarkOfHash = "~";
    private const int LongestStem = 80;

    /// <summary>The substitute: always the same for a name, another for each, and one that every system can have.</summary>
    /// <returns>The path with each part that not every system can have replaced by the characters of it that every system has, '~', and
    /// eight digits of its SHA-256, before its extension.</returns>
    public static HubFileName Of(HubFileName name) => HubFileName.Parse(string.Join('/', name.Segments.Select(Of)));

    private static string Of(string segment)
    {
        if (NameRules.Windows.Fault(segment) is null && Ascii.IsValid(segment))
        {
            return segment;
        }

        string plain = string.Concat(segment.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ' ' ? c : '_'));
        int dot = plain.LastIndexOf('.');
        bool hasExtension = dot > 0 && dot < plain.Length - 1 && plain.Length - dot <= 12 && plain[^1] != ' ';
        string hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(segment)))[..8].ToLowerInvariant();
        string stem = (hasExtension ? plain[..dot] : plain).TrimEnd('.', ' ');
        return $"_{stem[..Math.Min(stem.Length, LongestStem)]}{MarkOfHash}{hash}{(hasExtension ? plain[dot..] : string.Empty)}";
    }
}
