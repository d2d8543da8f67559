using HubCache.Platform;

namespace HubCache.Store;

/// <summary>Adds files up, each once: two hard links are one file.</summary>
internal sealed class FileTally
{
    private readonly HashSet<string> _counted = new(StringComparer.Ordinal);

    public long Size { get; private set; }

    public DateTime? LastModified { get; private set; }

    public DateTime? LastAccessed { get; private set; }

    /// <summary>Counts a file, unless it was counted under another name.</summary>
    /// <param name="path">Its name, which stands for the file where the system tells no identity.</param>
    /// <param name="facts">What the system says of it, links followed.</param>
    public void Add(string path, FileFacts facts)
    {
        if (!_counted.Add(facts.KeyOr(path)))
        {
            return;
        }

        Size += facts.Length;
        LastModified = Later(LastModified, facts.Modified);
        LastAccessed = Later(LastAccessed, facts.Accessed);
    }

    public bool Holds(string path, FileFacts facts) => _counted.Contains(facts.KeyOr(path));

    private static DateTime Later(DateTime? one, DateTime other) => one > other ? one.Value : other;
}
