using HubCache.Names;

namespace HubCache;

/// <summary>The one error of the engine: what happened, to what, and what to do about it.</summary>
public sealed class HubCacheException : Exception
{
    /// <summary>Makes an error with everything that a caller needs to answer it.</summary>
    /// <param name="code">What happened.</param>
    /// <param name="message">One sentence for people; never holds a token or a signed link's query. Control characters in it are
    /// replaced.</param>
    /// <param name="target">What it happened to: a repo id, a file name, a path.</param>
    /// <param name="advice">What the reader can do now.</param>
    /// <param name="innerException">The cause, or null; left out when its message has control characters in it.</param>
    public HubCacheException(HubErrorCode code, string message, object target, string advice, Exception? innerException = null)
        : base(PlainText.Of(message), PlainText.Cause(innerException))
    {
        Code = code;
        Target = target;
        Advice = PlainText.Of(advice);
    }

    /// <summary>What happened.</summary>
    public HubErrorCode Code { get; }

    /// <summary>What it happened to: a repo id, a file name, a path. Never null.</summary>
    public object Target { get; }

    /// <summary>What the reader can do now. Never empty.</summary>
    public string Advice { get; }
}
