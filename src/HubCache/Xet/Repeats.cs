using System.Diagnostics;
using HubCache.Names;
using HubCache.Transfer;

namespace HubCache.Xet;

/// <summary>What a file has more than once: where in the temp a chunk lies that was decoded before, or will lie soon.</summary>
internal sealed class Repeats(ILocalBytes temp)
{
    private const int MostTerms = 1 << 19;
    private const int MostOfXorb = 64;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(4);

    private readonly object _gate = new();
    private readonly Dictionary<XetHash, List<PlannedTerm>> _terms = [];
    private int _count;

    /// <summary>Where each chunk lies that was decoded.</summary>
    public ChunkMap Chunks { get; private set; } = new();

    /// <summary>Notes where the terms of a plan lie in the file.</summary>
    public void Learn(FilePlan plan)
    {
        lock (_gate)
        {
            foreach (PlannedTerm term in plan.Terms)
            {
                if (!_terms.TryGetValue(term.Term.Xorb, out List<PlannedTerm>? known))
                {
                    _terms.Add(term.Term.Xorb, known = []);
                }

                if (_count < MostTerms
                    && known.Count < MostOfXorb
                    && !known.Exists(other => other.Term == term.Term && other.Start <= term.Start))
                {
                    known.Add(term);
                    _count++;
                }
            }
        }
    }

    /// <summary>Whether an earlier part of the file has a term's first chunk.</summary>
    public bool HasEarlier(PlannedTerm term) => Earlier(term, term.Term.First) is not null;

    /// <summary>
    /// Where in the temp a chunk is, or will be once what lies before it in the file is written; null when it is nowhere before.
    /// </summary>
    /// <param name="term">The term that the chunk is wanted for.</param>
    /// <param name="chunk">The chunk's number.</param>
    /// <param name="start">Where the chunk is wanted in the file.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The place of the chunk, or of the whole term where it begins with this chunk.</returns>
    public async ValueTask<LocalPlace?> FindAsync(PlannedTerm term, int chunk, long start, CancellationToken cancellationToken)
    {
        if (Written(term, chunk, start) is LocalPlace known)
        {
            return known;
        }

        long? until =
            Chunks.PlaceOf(term.Term.Xorb, chunk) is Extent decoded && decoded.End <= start ? decoded.End : Earlier(term, chunk)?.End;
        long length = -1;
        long began = Stopwatch.GetTimestamp();
        for (long waited = began; temp.Length < until && Stopwatch.GetElapsedTime(waited) < Patience;)
        {
            // A reader that waits for the temp is behind the place that it waits for; a temp that stands still is not waited for.
            if (temp.Length > length)
            {
                (length, waited) = (temp.Length, Stopwatch.GetTimestamp());
            }

            if (Stopwatch.GetElapsedTime(began) > LongestWait)
            {
                // No stall, and yet it may look like one: asked for again, it waits again.
                throw new UnreadException();
            }

            await Task.Delay(Look, cancellationToken).ConfigureAwait(false);
            if (Written(term, chunk, start) is LocalPlace written)
            {
                return written;
            }
        }

        return Written(term, chunk, start);
    }

    /// <summary>Begins anew: what was written is given up.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            Chunks = new ChunkMap();
            _terms.Clear();
            _count = 0;
        }
    }

    private LocalPlace? Written(PlannedTerm term, int chunk, long start)
    {
        if (Chunks.PlaceOf(term.Term.Xorb, chunk) is Extent place && place.End <= Math.Min(start, temp.Length))
        {
            return new LocalPlace(temp, place);
        }

        // A part that another process has written is not known chunk by chunk; the same term has the same bytes.
        return start == term.Start && Earlier(term, chunk)
            is PlannedTerm earlier && earlier.Term.First == chunk && earlier.Term.End >= term.Term.End
            && earlier.Start >= 0 && earlier.Start + term.Term.Length <= Math.Min(start, temp.Length)
            ? new LocalPlace(temp, new Extent(earlier.Start, earlier.Start + term.Term.Length))
            : null;
    }

    private PlannedTerm? Earlier(PlannedTerm term, int chunk)
    {
        lock (_gate)
        {
            if (_terms.TryGetValue(term.Term.Xorb, out List<PlannedTerm>? known))
            {
                foreach (PlannedTerm other in known)
                {
                    if (other.End <= term.Start && other.Term.First <= chunk && chunk < other.Term.End)
                    {
                        return other;
                    }
                }
            }

            return null;
        }
    }
}
