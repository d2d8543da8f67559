using System.Text;

namespace FakeHub;

internal sealed record FakeCommit(string Hash, string? Parent, IReadOnlyDictionary<string, FakeFile> Files);

/// <summary>A repo with its commits and refs. Safe to change while requests are being answered.</summary>
public sealed class FakeRepo
{
    private readonly object _gate = new();
    private readonly Dictionary<string, FakeCommit> _commits = [];
    private readonly SortedDictionary<string, string> _refs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FakeFile> _stored = [];
    private readonly Action<string, FakeRepo, bool> _addAlias;

    internal FakeRepo(string id, string type, bool isPrivate, bool gated, Action<string, FakeRepo, bool> addAlias)
    {
        Id = id;
        Type = type;
        IsPrivate = isPrivate;
        IsGated = gated;
        _addAlias = addAlias;
    }

    public string Id { get; }

    /// <summary><c>model</c>, <c>dataset</c>, <c>space</c> or <c>kernel</c>.</summary>
    public string Type { get; }

    public bool IsPrivate { get; set; }

    public bool IsGated { get; set; }

    /// <summary>
    /// Puts files on top of what the branch holds (a new branch holds nothing) and moves the branch.
    /// The same steps give the same hash in every run.
    /// </summary>
    public string Commit(string branch, IEnumerable<FakeFile> files, IEnumerable<string>? remove = null)
    {
        lock (_gate)
        {
            string name = FullRefName(branch);
            FakeCommit? parent = _refs.TryGetValue(name, out string? hash) ? _commits[hash] : null;
            var tree = new SortedDictionary<string, FakeFile>(StringComparer.Ordinal);
            foreach (FakeFile file in (parent?.Files.Values ?? []).Concat(files))
            {
                tree[file.Path] = file;
                if (file.IsLfs)
                {
                    _stored[file.Etag] = file;
                }
            }
            foreach (string path in remove ?? [])
            {
                tree.Remove(path);
            }
            var commit = new FakeCommit(HashOf(tree, parent?.Hash), parent?.Hash, tree);
            _commits[commit.Hash] = commit;
            _refs[name] = commit.Hash;
            return commit.Hash;
        }
    }

    /// <summary>A branch by its bare name; anything else as <c>refs/tags/…</c>, <c>refs/pr/N</c>, <c>refs/convert/…</c>.</summary>
    public void SetRef(string name, string commit)
    {
        lock (_gate)
        {
            if (!_commits.ContainsKey(commit))
            {
                throw new ArgumentException($"{Id} has no commit {commit}.", nameof(commit));
            }
            _refs[FullRefName(name)] = commit;
        }
    }

    public void SetTag(string name, string commit) => SetRef("refs/tags/" + name, commit);

    /// <summary>Requests to the old id are answered with a 307 to this repo: the repo was renamed.</summary>
    public void AddAlias(string oldId, bool absoluteLocation = false) => _addAlias(oldId, this, absoluteLocation);

    /// <summary>The commit a branch, a tag, a full ref name or a full commit hash stands for.</summary>
    public string? ResolveRevision(string revision) => FindCommit(revision)?.Hash;

    public FakeFile? FindFile(string revision, string path)
        => FindCommit(revision)?.Files.TryGetValue(path, out FakeFile? file) == true ? file : null;

    internal FakeCommit? FindCommit(string revision)
    {
        lock (_gate)
        {
            if (_commits.TryGetValue(revision, out FakeCommit? commit))
            {
                return commit;
            }
            string name = revision == "HEAD" ? "main" : revision;
            foreach (string candidate in (string[])[name, "refs/heads/" + name, "refs/tags/" + name])
            {
                if (_refs.TryGetValue(candidate, out string? hash))
                {
                    return _commits[hash];
                }
            }
            return null;
        }
    }

    internal FakeFile? FindStored(string sha256)
    {
        lock (_gate)
        {
            return _stored.GetValueOrDefault(sha256);
        }
    }

    /// <summary>Full ref names and what they point to.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> ListRefs()
    {
        lock (_gate)
        {
            return [.. _refs];
        }
    }

    private static string FullRefName(string name)
        => name.StartsWith("refs/", StringComparison.Ordinal) ? name : "refs/heads/" + name;

    private string HashOf(SortedDictionary<string, FakeFile> tree, string? parent)
    {
        var text = new StringBuilder();
        text.Append(Type).Append(' ').Append(Id).Append('\n').Append(parent).Append('\n');
        foreach (FakeFile file in tree.Values)
        {
            text.Append(file.GitOid).Append(' ').Append(file.Path).Append('\n');
        }
        return Hex.Sha1(text.ToString());
    }
}
