using HubCache.Transfer;

namespace HubCache.Tests.Transfer;

/// <summary>
/// A source whose answers have fixed ranges, none of which can be begun in the middle: what lies before is fetched and dropped, and
/// counted.
/// </summary>
internal sealed class FixedRangeSource(byte[] content, long[] ends) : IByteSource
{
    private static readonly Uri Address = new("http://storage.example/ranges");

    private readonly object _gate = new();
    private readonly List<(long Start, long End)> _asked = [];
    private readonly Queue<long> _breaks = new();

    /// <summary>The ranges that were asked for, in this order.</summary>
    public IReadOnlyList<(long Start, long End)> Asked
    {
        get
        {
            lock (_gate)
            {
                return [.. _asked];
            }
        }
    }

    /// <summary>Bytes that were sent, those dropped too.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    public CutRules Cuts { get; init; } = new(1, GoesOnInside: false, RunsToEnd: false);

    public TimeSpan RoundTrip => TimeSpan.Zero;

    private long _sent;

    public long CutNear(long start, long length)
    {
        long wanted = start + length;
        return ends.Where(end => end > start).MinBy(end => Math.Abs(end - wanted));
    }

    /// <summary>The next answer ends early, after so many bytes of its range.</summary>
    public void BreakAfter(long bytes) => _breaks.Enqueue(bytes);

    public Task<ByteAnswer> OpenAsync(long start, long? count, CancellationToken cancellationToken)
    {
        long first = ends.Where(end => end <= start).DefaultIfEmpty(0).Max();
        long end = ends.Where(end => end > start).Min();
        long sent = end - first;
        lock (_gate)
        {
            _asked.Add((first, end));
            if (_breaks.TryDequeue(out long most))
            {
                sent = Math.Min(sent, most);
            }
        }

        Interlocked.Add(ref _sent, sent);
        var body = new MemoryStream(content, (int)Math.Min(start, first + sent), (int)Math.Max(0, first + sent - start));
        return Task.FromResult(new ByteAnswer(body, Address, start, end, IsLengthDeclared: true, body));
    }

    public void Forget()
    {
    }
}
