using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using HubCache.Platform;

namespace HubCache.Ownership;

/// <summary>The name of a temp of ours: whose it is can be read from it by anybody.</summary>
/// <remarks>
/// <c>prefix.time-machine-boot-namespace-pid-start-serial.incomplete</c>, numbers in hex. The time comes first so that
/// of two contenders the earlier has the smaller name. The prefix is an etag, or <c>ref</c>, <c>link</c>, <c>copy</c>, <c>probe</c>,
/// <c>tree</c>, <c>export</c> for the small temps that stand in for other files. A name with more or other parts is that of a later
/// version: nobody's that could be asked for. Not mistaken for huggingface_hub's <c>etag.8 hex.incomplete</c>, which has no dashes.
/// </remarks>
internal sealed partial record IncompleteName(string Prefix, long UnixMilliseconds, ProcessIdentity Owner, int Serial)
{
    public const string Suffix = ".incomplete";

    /// <summary>Bytes of the longest name that is ever given: as long as one may be on eCryptfs.</summary>
    public const int Longest = 143;

    private const string FreeMark = ".free-";

    // What two names of one process in one millisecond differ by.
    private static int _serial = RandomNumberGenerator.GetInt32(0x10000);

    /// <summary>A new, unique name for a temp of this process.</summary>
    public static IncompleteName New(string prefix)
    {
        return new IncompleteName(
            prefix, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), ProcessIdentity.Current, Interlocked.Increment(ref _serial) & 0xffff);
    }

    /// <summary>A name under which a temp waits for the next download.</summary>
    public static string NewFree(ETag etag) => $"{etag.Value}{FreeMark}{RandomPart()}{Suffix}";

    /// <summary>Reads a name of ours; null for any other.</summary>
    public static IncompleteName? TryParse(string fileName)
    {
        Match match = Pattern().Match(fileName);
        if (!match.Success)
        {
            return null;
        }

        var owner = new ProcessIdentity(
            match.Groups["machine"].Value,
            match.Groups["boot"].Value,
            match.Groups["space"].Value,
            int.Parse(match.Groups["pid"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            long.Parse(match.Groups["start"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        return new IncompleteName(
            match.Groups["prefix"].Value,
            long.Parse(match.Groups["time"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            owner,
            int.Parse(match.Groups["serial"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    /// <summary>Whether a name is one that HubCache gives: to a temp at work, or to one that waits for the next download.</summary>
    public static bool IsOurs(string fileName) => IsFree(fileName) || TryParse(fileName) is not null;

    /// <summary>Whether a name is that of an incomplete file of a blob, of any client.</summary>
    public static bool IsOf(ETag etag, string fileName)
    {
        return fileName.StartsWith(etag.Value + ".", StringComparison.Ordinal) && fileName.EndsWith(Suffix, StringComparison.Ordinal);
    }

    /// <summary>Whether a temp was given up by an orderly stop, for anybody to take.</summary>
    public static bool IsFree(string fileName)
    {
        int mark = fileName.IndexOf(FreeMark, StringComparison.Ordinal);
        return mark > 0 && fileName.EndsWith(Suffix, StringComparison.Ordinal) && ETag.TryParse(fileName[..mark]) is not null;
    }

    public override string ToString()
    {
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Prefix}.{UnixMilliseconds:x11}-{Owner.Machine}-{Owner.Boot}-{Owner.Namespace}-{Owner.Pid:x}-{Owner.Start:x}-"
                + $"{Serial:x4}{Suffix}");
    }

    private static string RandomPart() => Convert.ToHexString(RandomNumberGenerator.GetBytes(4)).ToLowerInvariant();

    [GeneratedRegex(
        @"\A(?<prefix>[a-z0-9]{1,64})\.(?<time>[0-9a-f]{11})-(?<machine>[0-9a-f]{8})-(?<boot>[0-9a-f]{12})-(?<space>0|[0-9a-f]{8})" +
        @"-(?<pid>[0-7]?[0-9a-f]{1,7})-(?<start>[0-9a-f]{1,16})-(?<serial>[0-9a-f]{4})\.incomplete\z")]
    private static partial Regex Pattern();
}
