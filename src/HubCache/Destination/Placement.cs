using HubCache.Model;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Destination;

/// <summary>What has to be done about a file of a destination.</summary>
internal enum Standing
{
    /// <summary>The right bytes are there and known to be right.</summary>
    Right,

    /// <summary>The right bytes are there, but the metadata do not say so, or say another commit.</summary>
    Unrecorded,

    /// <summary>Nothing is there, or something else.</summary>
    Wrong,
}

/// <summary>One file of the cache on its way into a destination.</summary>
internal sealed class Placement(HubFileName name, CommitHash commit, CacheHit source, string path, bool isVerified)
{
    /// <summary>The path in the destination: the file's own name, or a substitute for it.</summary>
    public HubFileName Name { get; private set; } = name;

    /// <summary>Whether the file has another name there, since the file system cannot have its own.</summary>
    public bool HasSubstitute { get; private set; }

    public CommitHash Commit { get; } = commit;

    /// <summary>The file in the cache.</summary>
    public CacheHit Source { get; } = source;

    /// <summary>Where it is laid out: the full path.</summary>
    public string Path { get; private set; } = path;

    /// <summary>Whether the cache's bytes were hashed in this call.</summary>
    public bool IsVerified { get; } = isVerified;

    /// <summary>What is at the path now; null when nothing is. As it was when it was looked at.</summary>
    public FileFacts? Present { get; set; }

    public Standing Standing { get; set; }

    /// <summary>The file's times: it ends when it is laid out.</summary>
    public FileTimes? Times { get; init; }

    /// <summary>Why it could not be laid out; null while it could.</summary>
    public HubCacheException? Error { get; set; }

    /// <summary>Has it laid out under another name.</summary>
    public void Substitute(HubFileName substitute, string fullName) => (Name, Path, HasSubstitute) = (substitute, fullName, true);
}
