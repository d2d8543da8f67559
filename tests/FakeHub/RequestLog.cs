using System.Diagnostics;

namespace FakeHub;

public enum Origin
{
    Hub,
    Storage,
}

/// <summary>One request. It is listed from its arrival on; what is known only later changes while it is answered.</summary>
public sealed class LoggedRequest
{
    private long _bodyBytes;
    private long _ended = long.MaxValue;

    public required DateTimeOffset Time { get; init; }

    public required Origin Origin { get; init; }

    public required string Method { get; init; }

    /// <summary>As it came over the wire, still escaped, without the query.</summary>
    public required string Path { get; init; }

    public required string Query { get; init; }

    public string? Range { get; init; }

    public string? IfRange { get; init; }

    public string? Authorization { get; init; }

    public bool HasAuthorization => Authorization is not null;

    /// <summary>What follows <c>Bearer</c>.</summary>
    public string? Token => Authorization?.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) == true
        ? Authorization["Bearer ".Length..].Trim()
        : null;

    public string? AcceptEncoding { get; init; }

    public string? UserAgent { get; init; }

    /// <summary>Which connection it came over: two requests with the same value shared one.</summary>
    public string? Connection { get; init; }

    /// <summary>0 until the answer is over.</summary>
    public int Status { get; internal set; }

    /// <summary>Bytes of the body the socket has taken so far.</summary>
    public long BodyBytes => Interlocked.Read(ref _bodyBytes);

    /// <summary>The connection was cut before the answer was complete, by either side.</summary>
    public bool Aborted { get; internal set; }

    public bool Finished { get; internal set; }

    /// <summary>The kinds of the faults that were applied, in order.</summary>
    public IReadOnlyList<FaultKind> Faults { get; internal set; } = [];

    internal long Began { get; } = Stopwatch.GetTimestamp();

    /// <summary>
    /// When its answer was over but for the last piece: the client may have that, and ask for more, before the server gets to note it.
    /// </summary>
    internal long Ended => Interlocked.Read(ref _ended);

    internal bool IsOver => Ended != long.MaxValue;

    public long? RangeStart => ByteRange.StartOf(Range);

    internal void AddBodyBytes(long count) => Interlocked.Add(ref _bodyBytes, count);

    /// <summary>The first call counts.</summary>
    internal void End() => Interlocked.CompareExchange(ref _ended, Stopwatch.GetTimestamp(), long.MaxValue);

    internal bool PathHas(string part)
        => Path.Contains(part, StringComparison.Ordinal) || Uri.UnescapeDataString(Path).Contains(part, StringComparison.Ordinal);
}

/// <summary>Every request both origins have seen, except those to the control routes.</summary>
public sealed class RequestLog
{
    private readonly object _gate = new();
    private List<LoggedRequest> _entries = [];

    public IReadOnlyList<LoggedRequest> Entries
    {
        get
        {
            lock (_gate)
            {
                return [.. _entries];
            }
        }
    }

    public long BytesSent(string? pathContains = null) => Where(pathContains, null, null).Sum(entry => entry.BodyBytes);

    public int Count(string? pathContains = null, string? method = null, Origin? origin = null)
        => Where(pathContains, method, origin).Count();

    /// <summary>How many were being answered at one time, at most. One that the client gave up counts until the server notices.</summary>
    public int MostAtOnce(string? pathContains = null, string? method = null, Origin? origin = null)
        => RequestTally.Of(Where(pathContains, method, origin)).MostAtOnce;

    public void Clear()
    {
        lock (_gate)
        {
            _entries = [];
        }
    }

    internal void Add(LoggedRequest entry)
    {
        lock (_gate)
        {
            _entries.Add(entry);
        }
    }

    private IEnumerable<LoggedRequest> Where(string? pathContains, string? method, Origin? origin) => Entries.Where(entry =>
        (pathContains is null || entry.PathHas(pathContains))
        && (method is null || entry.Method == method)
        && (origin is null || entry.Origin == origin));
}
