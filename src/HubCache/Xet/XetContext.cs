using HubCache.Hub;
using HubCache.Names;

namespace HubCache.Xet;

/// <summary>What all Xet transfers of a downloader share.</summary>
internal sealed class XetContext(HubConnection connection, TimeSpan patience, TimeSpan idle, Func<IXetCodecs> codecs) : IDisposable
{
    private readonly Lazy<IXetCodecs> _codecs = new(codecs);

    public XetTokens Tokens { get; } = new(new ApiClient(connection, patience, idle));

    public CasClient Service { get; } = new(connection, patience, idle);

    public SignedLinkClient Storage { get; } = new(connection, patience);

    /// <summary>Loaded when first asked for.</summary>
    public IXetCodecs Codecs => _codecs.Value;

    public void Dispose() => Service.Dispose();
}

/// <summary>A file as Xet knows it.</summary>
/// <param name="Name">The path in the repo, for messages.</param>
/// <param name="Hash">What it is asked for by.</param>
/// <param name="Length">Bytes, as the Hub says it.</param>
/// <param name="Tokens">For its repo and commit.</param>
internal sealed record XetFile(string Name, XetHash Hash, long Length, XetTokenSource Tokens);
