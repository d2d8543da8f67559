using System.Diagnostics;
using System.Management.Automation;
using HubCache.Names;

namespace HubCache.PowerShell;

/// <summary>Shows what a source wants shown, a few times a second, and takes away whatever it ever showed.</summary>
internal sealed class ProgressDisplay(PSCmdlet cmdlet, Func<IReadOnlyList<ProgressRecord>> sample)
{
    /// <summary>Between two samples.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    // A call that is over before anybody could read a bar draws none.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);

    // Bars of different sources never mix, whatever their ids. PowerShell numbers its own sources from 1.
    private static long s_lastSource = 0x4843_0000;

    private readonly long _source = Interlocked.Increment(ref s_lastSource);
    private readonly long _begin = Stopwatch.GetTimestamp();
    private readonly Dictionary<int, ProgressRecord> _shown = [];
    private TimeSpan _next = Quiet;

    /// <summary>Draws again, if it is time.</summary>
    public void Refresh()
    {
        TimeSpan now = Stopwatch.GetElapsedTime(_begin);
        if (now < _next)
        {
            return;
        }

        _next = now + Interval;
        IReadOnlyList<ProgressRecord> records = sample();
        foreach (int gone in _shown.Keys.Except(records.Select(record => record.ActivityId)).ToList())
        {
            TakeAway(gone);
        }

        foreach (ProgressRecord record in records)
        {
            record.Activity = PlainText.Of(record.Activity);
            record.StatusDescription = PlainText.Of(record.StatusDescription);
            record.CurrentOperation = record.CurrentOperation is null ? null : PlainText.Of(record.CurrentOperation);
            _shown[record.ActivityId] = record;
            Write(record);
        }
    }

    /// <summary>Takes everything away, children first.</summary>
    public void Complete()
    {
        foreach (int id in _shown.Keys.OrderDescending().ToList())
        {
            TakeAway(id);
        }
    }

    private void TakeAway(int id)
    {
        _shown.Remove(id, out ProgressRecord? last);
        var record = new ProgressRecord(id, last!.Activity, last.StatusDescription)
        {
            ParentActivityId = last.ParentActivityId,
            PercentComplete = last.PercentComplete,
            RecordType = ProgressRecordType.Completed,
        };
        try
        {
            Write(record);
        }
        catch (PipelineStoppedException)
        {
            // The pipeline takes nothing any more, but its host still shows what it was given.
            cmdlet.Host.UI.WriteProgress(_source, record);
        }
    }

    private void Write(ProgressRecord record) => cmdlet.CommandRuntime.WriteProgress(_source, record);
}
