namespace Bench;

/// <summary>The bench's own folders: one for its little files, and one on the disk that a case is about. All go in the end.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly string _name = $"hubcache-bench-{Environment.ProcessId}";
    private readonly HashSet<string> _roots = [];

    public Scratch() => Own = Root(Path.GetTempPath());

    public string Own { get; }

    /// <summary>A folder of ours below that one.</summary>
    public string Root(string parent)
    {
        string root = Directory.CreateDirectory(Path.Combine(parent, _name)).FullName;
        _roots.Add(root);
        return root;
    }

    /// <summary>The path of a new file with that text.</summary>
    public string Write(string name, string text)
    {
        string path = Path.Combine(Own, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose()
    {
        foreach (string root in _roots.Where(Directory.Exists))
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
