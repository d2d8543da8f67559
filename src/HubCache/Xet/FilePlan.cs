namespace HubCache.Xet;

/// <summary>A term at its place in the file.</summary>
/// <param name="Term">The chunks.</param>
/// <param name="Range">Where they are to be had.</param>
/// <param name="Start">The file's offset of the first chunk's first byte.</param>
internal readonly record struct PlannedTerm(XetTerm Term, SignedRange Range, long Start)
{
    public long End => Start + Term.Length;
}

/// <summary>A part of a file, as the service says it is put together, with the places of its terms.</summary>
internal sealed class FilePlan
{
    // Links that run out meanwhile are a request and an answer wasted.
    private static readonly TimeSpan LeastLeft = TimeSpan.FromSeconds(5);

    private readonly PlannedTerm[] _terms;
    private readonly Dictionary<SignedRange, List<int>> _users = [];
    private readonly Uri _firstToExpire;

    public FilePlan(Reconstruction reconstruction)
    {
        Part = reconstruction.Part;
        _terms = new PlannedTerm[reconstruction.Terms.Count];
        long start = Part.Start - reconstruction.Offset;
        for (int i = 0; i < _terms.Length; i++)
        {
            _terms[i] = new PlannedTerm(reconstruction.Terms[i], reconstruction.Ranges[i], start);
            start = _terms[i].End;
            if (!_users.TryGetValue(_terms[i].Range, out List<int>? users))
            {
                _users.Add(_terms[i].Range, users = []);
            }

            users.Add(i);
        }

        _firstToExpire = _users.Keys.Select(range => range.Link).MinBy(link => SignedLinkClient.ExpiryOf(link) ?? DateTimeOffset.MaxValue)!;
    }

    /// <summary>The part of the file.</summary>
    public Extent Part { get; }

    public IReadOnlyList<PlannedTerm> Terms => _terms;

    /// <summary>Whether it has only what the part needs: no chunk too many, at either end or in between.</summary>
    public bool IsTrimmed => Part.Start - _terms[0].Start < Chunk.MostBytes
        && _terms[^1].End - Part.End < Chunk.MostBytes
        && _users.Keys.Sum(range => range.End - range.First) <= _terms.Sum(term => term.Term.End - term.Term.First);

    /// <summary>Whether its links still hold.</summary>
    public bool IsFresh => !SignedLinkClient.IsExpired(_firstToExpire, LeastLeft);

    /// <summary>Whether another term, further on, wants a chunk of a term's range.</summary>
    public bool IsWantedLater(int index, int chunk)
    {
        List<int> users = _users[_terms[index].Range];
        for (int i = users.Count - 1; i >= 0 && users[i] > index; i--)
        {
            XetTerm term = _terms[users[i]].Term;
            if (term.First <= chunk && chunk < term.End)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The number of the term that holds a byte of the part.</summary>
    public int IndexAt(long position)
    {
        (int low, int high) = (0, _terms.Length - 1);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _terms[middle].End <= position ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    /// <summary>Where a run of terms ends that one range serves, without a part of another in between.</summary>
    public long EndOfRun(int index)
    {
        SignedRange range = _terms[index].Range;
        while (index + 1 < _terms.Length && _terms[index + 1].Range == range && _terms[index + 1].Term.First >= _terms[index].Term.End)
        {
            index++;
        }

        return Math.Min(_terms[index].End, Part.End);
    }
}
