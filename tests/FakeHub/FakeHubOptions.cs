using System.Security.Cryptography.X509Certificates;

namespace FakeHub;

/// <summary>What a token opens. A token without any is known to the Hub, but sees neither private nor gated repos.</summary>
[Flags]
public enum TokenAccess
{
    None = 0,
    Read = 1,
    Gated = 2,
}

public sealed record FakeHubOptions
{
    /// <summary>0: any free port.</summary>
    public int Port { get; init; }

    /// <summary>0: any free port.</summary>
    public int StoragePort { get; init; }

    /// <summary>0: as fast as it goes.</summary>
    public long BytesPerSecondPerConnection { get; init; }

    /// <summary>Of file bodies on all connections together, in like shares. 0: as fast as it goes.</summary>
    public long TotalBytesPerSecond { get; init; }

    /// <summary>Waited before every answer, on both origins.</summary>
    public int LatencyMilliseconds { get; init; }

    /// <summary>
    /// Waited before every answer of the storage, beyond <see cref="LatencyMilliseconds"/>: it has to fetch the file itself first.
    /// </summary>
    public int StorageLatencyMilliseconds { get; init; }

    /// <summary>
    /// The distance to both origins: every byte is held back by half of it each way, and a new connection costs it once more. 0: none.
    /// </summary>
    public int RoundTripMilliseconds { get; init; }

    /// <summary>Of all that both origins send, in like shares. 0: as fast as it goes.</summary>
    public long LineBytesPerSecond { get; init; }

    /// <summary>How long a signed storage link is valid. 0 or less: the link is already expired when it is handed out.</summary>
    public double SignedLinkSeconds { get; init; } = 3600;

    /// <summary>The storage is at the Hub's own origin, and answers GET only.</summary>
    public bool StorageAtHub { get; init; }

    /// <summary>Both origins speak TLS, with a certificate of <see cref="FakeHubServer.Authority"/>.</summary>
    public bool Tls { get; init; }

    /// <summary>Who issues certificates; null for one of the server's own. Not disposed by the server.</summary>
    public CertificateAuthority? Authority { get; init; }

    /// <summary>The certificate of both origins; null for a good one. Not disposed by the server.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Entries per page of a tree listing when the caller names no limit.</summary>
    public int TreePageSize { get; init; } = 1000;

    /// <summary>The Hub answers 401 to an anonymous caller who asks for a repo that is not there. True: 404 for everybody.</summary>
    public bool AnonymousMissingRepoIs404 { get; init; }

    public IReadOnlyDictionary<string, TokenAccess> Tokens { get; init; } = new Dictionary<string, TokenAccess>
    {
        ["hf_demo"] = TokenAccess.Read | TokenAccess.Gated,
        ["hf_nogate"] = TokenAccess.Read,
    };
}
