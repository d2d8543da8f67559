using System.Globalization;
using HubCache.Hub;

namespace HubCache.Xet;

/// <summary>By which way a file comes, and why.</summary>
/// <param name="Name">The path in the repo, for messages.</param>
/// <param name="Host">The Hub's.</param>
/// <param name="IsXet">Whether Xet comes first.</param>
/// <param name="IsFixed">Whether it stays with that whatever happens.</param>
/// <param name="Why">The reason, for people.</param>
internal sealed record TransportChoice(string Name, string Host, bool IsXet, bool IsFixed, string Why)
{
    // Xet's token, reconstruction and range are three round trips, and the token is shared by the files of a commit.
    private const long WorthXet = 2 << 20;

    /// <summary>Chooses.</summary>
    /// <param name="wanted">What the caller says.</param>
    /// <param name="endpoint">The Hub.</param>
    /// <param name="name">The path in the repo.</param>
    /// <param name="metadata">What the Hub says of the file.</param>
    /// <param name="hasCodecs">Whether Xet can be read at all.</param>
    public static TransportChoice For(Transport wanted, Uri endpoint, string name, FileMetadata metadata, bool hasCodecs)
    {
        string host = endpoint.Authority;
        TransportChoice Choose(bool isXet, bool isFixed, string why) => new(name, host, isXet, isFixed, why);
        return metadata.Xet is null || metadata.Length == 0 ? Choose(false, true, "the Hub does not say that it is in Xet")
            : !hasCodecs ? Choose(false, true, "this host has no Xet")
            : wanted == Transport.Http ? Choose(false, true, "as asked for")
            : wanted == Transport.Xet ? Choose(true, true, "as asked for")
            : HubByteSource.IsBroken(host) ? Choose(false, false, "Xet failed a moment ago")
            : metadata.Length < WorthXet
                ? Choose(false, false, string.Create(CultureInfo.InvariantCulture, $"it has less than {WorthXet} bytes"))
            : Choose(true, false, "the Hub keeps it there");
    }

    public override string ToString() => $"{Name}: by {(IsXet ? "Xet" : "HTTP")}, {Why}.";
}
