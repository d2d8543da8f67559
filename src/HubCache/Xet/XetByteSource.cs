using System.Diagnostics;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Transfer;

namespace HubCache.Xet;

/// <summary>
/// Gives the bytes of one file out of Xet: asks how its parts are put together, fetches each range of a xorb once, and takes from the disk
/// what lies there.
/// </summary>
internal sealed class XetByteSource : IByteSource, IDisposable
{
    // As much as one answer of the service describes: its links hold for about an hour.
    private const long Window = 256 << 20;
    private const long LookAhead = 64 << 20;
    private const long ShortestPart = 4 << 20;
    private const long LongestPart = 16 << 20;
    private const int PartsOfFile = 8;
    private const int MostPlans = 4;
    private const long MostLookedBack = 1L << 30;
    private const int MostWrong = 8;

    private readonly XetContext _means;
    private readonly XetFile _file;
    private readonly WrittenPart _written;
    private readonly ChunkLists? _lists;
    private readonly Disk _disk;
    private readonly List<IDisposable> _opened = [];
    private readonly HashSet<XetHash> _lookedFor = [];
    private readonly FileProgress _progress;
    private readonly object _gate = new();
    private readonly SemaphoreSlim _planning = new(1);
    private readonly HashSet<(XetHash Xorb, int Chunk)> _wrong = [];
    private readonly long _part;
    private List<FilePlan> _plans = [];
    private FilePlan? _firstPart;
    private Task _ahead = Task.CompletedTask;
    private bool _isUntrimmed;
    private bool _isOnItsOwn;
    private long _roundTripTicks;

    /// <param name="means">What all transfers share.</param>
    /// <param name="file">The file.</param>
    /// <param name="disk">The file operations.</param>
    /// <param name="written">What has been written of it so far.</param>
    /// <param name="lists">What other blobs have; null to take nothing from them.</param>
    /// <param name="progress">Told what comes over the network and what does not have to.</param>
    /// <param name="limit">Bytes a second; null for any number.</param>
    public XetByteSource(
        XetContext means, XetFile file, Disk disk, WrittenPart written, ChunkLists? lists, FileProgress progress, RateLimit? limit)
    {
        (_means, _file, _disk, _written, _lists, _progress) = (means, file, disk, written, lists, progress);
        _part = Math.Clamp(file.Length / PartsOfFile, ShortestPart, LongestPart);
        Repeats = new Repeats(written);
        Count = new NetworkCount(progress, limit);
    }

    public CutRules Cuts => new(ShortestPart, GoesOnInside: false, RunsToEnd: false);

    public TimeSpan RoundTrip => TimeSpan.FromTicks(Interlocked.Read(ref _roundTripTicks));

    /// <summary>What was decoded so far, and lies in the temp.</summary>
    public Repeats Repeats { get; }

    /// <summary>Chunks of other files on this disk.</summary>
    public LocalChunks Local { get; private set; } = new();

    /// <summary>Decoded chunks that are wanted further on.</summary>
    public ChunkStash Stash { get; } = new();

    /// <summary>Counts what comes over the network.</summary>
    public NetworkCount Count { get; }

    public XetContext Means => _means;

    /// <summary>Whether the service describes parts exactly, so that a part of a range can be had by asking for it.</summary>
    public bool CanAskForParts => !Volatile.Read(ref _isUntrimmed);

    /// <summary>Asks for the first window, so that the schedule knows where to cut.</summary>
    /// <exception cref="TransientException">No answer, or one that may be better next time.</exception>
    /// <exception cref="HubCacheException">For good.</exception>
    public async Task PrepareAsync(long position, CancellationToken cancellationToken)
    {
        if (position >= _file.Length)
        {
            return;
        }

        await LookBackAsync(position, cancellationToken).ConfigureAwait(false);
        FilePlan plan = await PlanAsync(position, cancellationToken).ConfigureAwait(false);
        if (plan.EndOfRun(plan.IndexAt(position)) - position > _part * 3 / 2)
        {
            // It shows whether the service trims, and is wanted in any case.
            FilePlan part = await PlanPartAsync(new Extent(position, position + _part), cancellationToken).ConfigureAwait(false);
            lock (_gate)
            {
                _firstPart = part;
            }
        }
    }

    public long CutNear(long start, long length)
    {
        FilePlan? plan = Known(start);
        PlanAhead(start);
        if (plan is null)
        {
            return Math.Min(start + Math.Max(length, _part), _file.Length);
        }

        long end = start;
        for (int index = plan.IndexAt(start); end < start + length && end < plan.Part.End; index = plan.IndexAt(end))
        {
            long run = plan.EndOfRun(index);
            if (run - end > _part * 3 / 2 && (CanAskForParts || IsLocal(plan.Terms[index])))
            {
                return end == start ? start + _part : end;
            }

            end = run;
            if (end == plan.Part.End)
            {
                break;
            }
        }

        return Math.Min(end, _file.Length);
    }

    public async Task<ByteAnswer> OpenAsync(long start, long? count, CancellationToken cancellationToken)
    {
        FilePlan plan = await PlanAsync(start, cancellationToken).ConfigureAwait(false);
        long end = Math.Min(start + (count ?? _file.Length), plan.Part.End);
        var body = new XetBody(this, plan, new Extent(start, end));
        try
        {
            long began = Stopwatch.GetTimestamp();
            await body.BeginAsync(cancellationToken).ConfigureAwait(false);
            Interlocked.Exchange(ref _roundTripTicks, Stopwatch.GetElapsedTime(began).Ticks);
            return new ByteAnswer(
                body, plan.Terms[plan.IndexAt(start)].Range.Link, start, end, IsLengthDeclared: true, body)
            { IsCounted = true };
        }
        catch
        {
            await body.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What is known of the file's chunks, to be kept; null when too much was left out.</summary>
    public ChunkList? Chunks() => Repeats.Chunks.IsFull ? null : new ChunkList(_file.Length, Repeats.Chunks.Runs());

    /// <summary>
    /// Begins anew after a wrong hash: of what is there, only xorbs that can be proven are kept, and no other file's chunks.
    /// </summary>
    public void Forget()
    {
        var proven = new LocalChunks();
        if (_written.Keep(_disk) is BlobBytes bytes)
        {
            proven.Add(
                XorbProof.Proven([.. Repeats.Chunks.Runs().Where(run => run.Start + run.Length <= bytes.Length)], bytes, _means.Codecs),
                bytes);
            _opened.Add(bytes);
        }

        lock (_gate)
        {
            (_plans, _firstPart, Local) = ([], null, proven);
            _isOnItsOwn = true;
        }

        Repeats.Forget();
    }

    public void Dispose()
    {
        _planning.Dispose();
        _opened.ForEach(file => file.Dispose());
    }

    /// <summary>A plan of exactly this part, whatever is known.</summary>
    public async Task<FilePlan> PlanPartAsync(Extent part, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_firstPart is FilePlan first && first.Part == part && first.IsFresh)
            {
                _firstPart = null;
                return first;
            }
        }

        var plan = new FilePlan(
            await _means.Service.AskAsync(_file.Tokens, _file.Hash, part, _file.Length, cancellationToken).ConfigureAwait(false));
        if (plan.Part != part || !plan.IsTrimmed)
        {
            Volatile.Write(ref _isUntrimmed, true);
        }

        return plan;
    }

    /// <summary>Forgets a plan whose links are no good.</summary>
    public void Drop(FilePlan plan)
    {
        lock (_gate)
        {
            _plans = [.. _plans.Where(known => known != plan)];
            _firstPart = null;
        }
    }

    /// <summary>What comes of bytes that are no chunk: one fresh try by other links, then an error for good.</summary>
    public Exception Judge(BadChunkException bad)
    {
        lock (_gate)
        {
            bool isNew = _wrong.Add(bad.Place);
            (_plans, _firstPart) = ([], null);
            return isNew && _wrong.Count < MostWrong ? new TransientException(bad.Error) : bad.Error;
        }
    }

    /// <summary>Counts bytes that did not have to be fetched.</summary>
    public void Reused(int bytes) => _progress.Reused(bytes);

    private bool IsLocal(PlannedTerm term) => Local.Find(term.Term.Xorb, term.Term.First) is not null || Repeats.HasEarlier(term);

    /// <summary>Learns what lies in a temp that is gone on with: the rest of the file may repeat it.</summary>
    private async Task LookBackAsync(long position, CancellationToken cancellationToken)
    {
        for (long start = 0; start < Math.Min(position, MostLookedBack); start += Window)
        {
            var part = new Extent(start, Math.Min(start + Window, position));
            Repeats.Learn(new FilePlan(
                await _means.Service.AskAsync(_file.Tokens, _file.Hash, part, _file.Length, cancellationToken).ConfigureAwait(false)));
        }
    }

    /// <summary>The plan of the window that holds a byte.</summary>
    private async Task<FilePlan> PlanAsync(long position, CancellationToken cancellationToken)
    {
        if (Known(position) is FilePlan known)
        {
            return known;
        }

        await _planning.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Known(position) is FilePlan meanwhile)
            {
                return meanwhile;
            }

            var part = new Extent(position, Math.Min(position + Window, _file.Length));
            var plan = new FilePlan(
                await _means.Service.AskAsync(_file.Tokens, _file.Hash, part, _file.Length, cancellationToken).ConfigureAwait(false));
            Repeats.Learn(plan);
            LookFor(plan);
            lock (_gate)
            {
                _plans = [.. _plans.Where(old => old.IsFresh).TakeLast(MostPlans - 1), plan];
            }

            return plan;
        }
        finally
        {
            _planning.Release();
        }
    }

    /// <summary>Looks for the plan's xorbs in the blobs of the cache.</summary>
    private void LookFor(FilePlan plan)
    {
        if (_lists is not null && !_isOnItsOwn)
        {
            HashSet<XetHash> xorbs = [.. plan.Terms.Select(term => term.Term.Xorb).Where(_lookedFor.Add)];
            if (xorbs.Count > 0)
            {
                _opened.AddRange(_lists.Find(xorbs, Local));
            }
        }
    }

    private FilePlan? Known(long position)
    {
        lock (_gate)
        {
            return _plans.FindLast(plan => plan.Part.Start <= position && position < plan.Part.End && plan.IsFresh);
        }
    }

    /// <summary>Asks for the next window in good time.</summary>
    private void PlanAhead(long position)
    {
        lock (_gate)
        {
            long end = _plans.Count == 0 ? _file.Length : _plans.Max(plan => plan.Part.End);
            if (end < _file.Length && position + LookAhead > end && _ahead.IsCompleted)
            {
                _ahead = Task.Run(() => TryPlanAsync(end));
            }
        }
    }

    private async Task TryPlanAsync(long position)
    {
        try
        {
            await PlanAsync(position, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TransientException or HubCacheException or ObjectDisposedException)
        {
            // The code that needs it asks again, and gets the error.
        }
    }
}
