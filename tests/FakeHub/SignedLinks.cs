using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FakeHub;

/// <summary>Links to the storage origin that carry their own permission, for a while.</summary>
internal sealed class SignedLinks(Uri origin, double validSeconds)
{
    /// <summary>The part of the query that makes an address such a link.</summary>
    public const string Signature = "Signature";

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public string Make(string path)
    {
        long expires = DateTimeOffset.UtcNow.AddSeconds(validSeconds).ToUnixTimeMilliseconds();
        return $"{origin.GetLeftPart(UriPartial.Authority)}{path}?Expires={expires}&{Signature}={Sign(path, expires)}";
    }

    /// <summary>What is wrong with a link that came back, in the words of an object store; null if nothing is.</summary>
    public string? Complaint(string path, string? expires, string? signature)
    {
        if (!long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out long time))
        {
            return "MissingKey";
        }
        if (signature != Sign(path, time))
        {
            return "SignatureDoesNotMatch";
        }
        return DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() > time ? "AccessDenied" : null;
    }

    private string Sign(string path, long expires)
        => Hex.Of(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{path}\n{expires}"))));
}
