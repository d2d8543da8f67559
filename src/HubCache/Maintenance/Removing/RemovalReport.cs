using HubCache.Names;

namespace HubCache.Maintenance.Removing;

/// <summary>Writes down what became of the steps of one repo.</summary>
internal sealed class RemovalReport(RepoPaths folder)
{
    private readonly Dictionary<RemovalStep, long> _freed = [];
    private readonly Dictionary<RemovalStep, int> _shared = [];
    private readonly Dictionary<string, RemovalStep> _candidates = new(StringComparer.Ordinal);
    private readonly HashSet<RemovalStep> _undone = [];
    private readonly List<RemovedItem> _kept = [];

    /// <summary>Whether anything at all was removed.</summary>
    public bool HasRemoved { get; set; }

    public void Free(RemovalStep step, long bytes) => _freed[step] = _freed.GetValueOrDefault(step) + bytes;

    /// <summary>A blob that a step's link stood for: it goes if nothing else refers to it.</summary>
    public void Candidate(RemovalStep step, string blob) => _candidates.TryAdd(blob, step);

    public RemovalStep? StepOf(string blob) => _candidates.GetValueOrDefault(blob);

    /// <summary>A blob stays since other revisions have it.</summary>
    public void Share(RemovalStep step) => _shared[step] = _shared.GetValueOrDefault(step) + 1;

    /// <summary>Something stays.</summary>
    /// <param name="step">The step that meant it.</param>
    /// <param name="fullName">What stays.</param>
    /// <param name="revision">Its revision; null when it has none.</param>
    /// <param name="reason">Why.</param>
    /// <param name="isAll">Whether nothing of the step is done.</param>
    public void Keep(RemovalStep step, string fullName, string? revision, string reason, bool isAll)
    {
        _kept.Add(New("Kept", fullName, revision, 0, reason));
        if (isAll)
        {
            _undone.Add(step);
        }
    }

    public bool IsKept(string fullName) => _kept.Exists(item => item.FullName == fullName);

    /// <summary>What lies in the repo's folder for no reason that was told yet is not the cache's.</summary>
    public void KeepRest(RemovalStep whole, IEnumerable<string> rest)
    {
        foreach (string path in rest.Where(path => !_kept.Exists(item => item.FullName == path || RepoPaths.LiesIn(item.FullName, path))))
        {
            Keep(whole, path, null, "It is not the cache's, or came meanwhile.", isAll: false);
        }
    }

    public RemovedItem Item(RemovalStep step, string reason)
        => New(step.Kind, step.FullName, step.Revision, _freed.GetValueOrDefault(step), reason);

    /// <summary>One item for each step that was done, then what stayed.</summary>
    public IReadOnlyList<RemovedItem> Items(IReadOnlyList<RemovalStep> steps)
    {
        return [.. steps
            .Where(step => !_undone.Contains(step) && (step.Kind != "Repo" || HasRemoved || _kept.Count == 0))
            .Select(step => Item(step, Reason(step))), .. _kept];
    }

    private string Reason(RemovalStep step)
    {
        string shared = _shared.TryGetValue(step, out int count)
            ? count == 1 ? " 1 of its blobs stays: other names refer to it." : $" {count} of its blobs stay: other names refer to them."
            : string.Empty;
        return step.Kind switch
        {
            "Repo" when _kept.Count > 0 => "Removed as far as it could be; the folder stays with what is listed as Kept.",
            "Blob" => "Nothing referred to them." + shared,
            _ => "Removed as asked." + shared,
        };
    }

    private RemovedItem New(string kind, string fullName, string? revision, long bytes, string reason) => new()
    {
        Kind = kind,
        RepoId = folder.Id.Value,
        RepoType = folder.Type.ToString(),
        Revision = revision,
        FullName = fullName,
        BytesFreed = bytes,
        Reason = reason,
    };
}
