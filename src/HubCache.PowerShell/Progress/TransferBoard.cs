using System.Globalization;
using System.Management.Automation;
using HubCache.PowerShell.Formatting;

namespace HubCache.PowerShell;

/// <summary>The transfers of one call as progress records: a parent for all, and a child each for the first few at work.</summary>
internal sealed class TransferBoard(string activity, int fileCount)
{
    private const int MostChildren = 5;

    // Far from the small numbers that scripts give their own bars.
    private static int s_lastId = 0x4843_0000;

    private readonly int _parentId = Interlocked.Add(ref s_lastId, MostChildren + 1);
    private readonly object _gate = new();
    private readonly List<Transfer> _transfers = [];
    private readonly Transfer?[] _children = new Transfer?[MostChildren];
    private readonly RateMeter _total = new();

    /// <summary>A file whose transfer begins. From any thread.</summary>
    public void Begin(FileProgress file)
    {
        lock (_gate)
        {
            _transfers.Add(new Transfer(file));
        }
    }

    /// <summary>What to show now.</summary>
    public IReadOnlyList<ProgressRecord> Sample()
    {
        lock (_gate)
        {
            if (_transfers.Count == 0)
            {
                return [];
            }

            FillChildren();
            List<ProgressRecord> records = [Parent()];
            for (int i = 0; i < MostChildren; i++)
            {
                if (_children[i] is Transfer transfer)
                {
                    records.Add(Child(_parentId + 1 + i, transfer));
                }
            }

            return records;
        }
    }

    private void FillChildren()
    {
        for (int i = 0; i < MostChildren; i++)
        {
            if (_children[i] is null or { File.IsFinished: true })
            {
                _children[i] = _transfers.Find(transfer => !transfer.File.IsFinished && !_children.Contains(transfer));
            }
        }
    }

    private ProgressRecord Parent()
    {
        long length = _transfers.Sum(transfer => transfer.File.Length);
        long done = _transfers.Sum(transfer => transfer.File.BytesDone);
        double rate = _total.Rate(_transfers.Sum(transfer => transfer.File.BytesReceived));
        int open = _transfers.Count(transfer => !transfer.File.IsFinished);
        string status = string.Create(
            CultureInfo.InvariantCulture,
            $"{open} of {Math.Max(fileCount, _transfers.Count)} files under way, {Describe(done, length, rate)}");
        return Record(_parentId, activity, status, done, length, rate);
    }

    private ProgressRecord Child(int id, Transfer transfer)
    {
        FileProgress file = transfer.File;
        double rate = transfer.Meter.Rate(file.BytesReceived);
        string status = file.WaitsUntil is long until
            ? string.Create(
                CultureInfo.InvariantCulture, $"Waiting {Math.Max(0, (until - Environment.TickCount64) / 1000)} s, as the Hub asks")
            : $"{file.Activity}: {Describe(file.BytesDone, file.Length, rate)}";
        ProgressRecord record = Record(id, file.Name, status, file.BytesDone, file.Length, rate);
        record.ParentActivityId = _parentId;
        return record;
    }

    private static string Describe(long done, long length, double rate)
        => $"{SizeText.Of(done)} of {SizeText.Of(length)}" + (rate > 0 ? $", {SizeText.Of((long)rate)}/s" : string.Empty);

    private static ProgressRecord Record(int id, string activity, string status, long done, long length, double rate)
        => new(id, activity, status)
        {
            PercentComplete = length > 0 ? (int)Math.Clamp(100.0 * done / length, 0, 100) : 0,
            SecondsRemaining = rate > 0 ? (int)Math.Clamp(Math.Ceiling((length - done) / rate), 0, int.MaxValue) : -1,
        };

    private sealed record Transfer(FileProgress File)
    {
        public RateMeter Meter { get; } = new();
    }
}
