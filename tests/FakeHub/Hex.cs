using System.Security.Cryptography;
using System.Text;

namespace FakeHub;

internal static class Hex
{
    /// <summary>Lower case, as git and the Hub write it.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) => string.Create(bytes.Length * 2, bytes.ToArray(), static (text, source) =>
    {
        const string Digits = "0123456789abcdef";
        for (int i = 0; i < source.Length; i++)
        {
            text[2 * i] = Digits[source[i] >> 4];
            text[(2 * i) + 1] = Digits[source[i] & 15];
        }
    });

    /// <summary>Git names its objects by SHA-1, and so does everything here that stands for a git object.</summary>
#pragma warning disable CA5350
    public static string Sha1(string text) => Of(SHA1.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5350
}
