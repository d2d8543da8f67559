using System.Text.RegularExpressions;

namespace FakeHub;

/// <summary>A fault that has been ordered, with what has become of it.</summary>
public sealed class ArmedFault
{
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Regex? _path;
    private readonly List<LoggedRequest> _admitted = [];

    internal ArmedFault(Fault fault)
    {
        Fault = fault;
        _path = fault.PathRegex is null ? null : new Regex(fault.PathRegex);
    }

    public Fault Fault { get; }

    /// <summary>How many requests it fitted.</summary>
    public int Matched { get; private set; }

    /// <summary>How many it was applied to.</summary>
    public int Fired { get; private set; }

    internal bool Fits(LoggedRequest request)
        => (Fault.Origin is null || Fault.Origin == request.Origin)
        && (Fault.Method is null ? !Fault.ActsOnContent || request.Method == "GET" : Fault.Method == request.Method)
        && (Fault.PathContains is null || request.PathHas(Fault.PathContains))
        && (_path is null || _path.IsMatch(request.Path + request.Query))
        && (Fault.RangeStartAtLeast is null || request.RangeStart >= Fault.RangeStartAtLeast);

    internal bool CountMatch(LoggedRequest request)
    {
        Matched++;
        if (Fault.Kind == FaultKind.Crowded && Admits(request))
        {
            return false;
        }
        if (Matched <= Fault.Skip || (Fault.EffectiveTimes >= 0 && Fired >= Fault.EffectiveTimes))
        {
            return false;
        }
        Fired++;
        if (Fault.Kind == FaultKind.Barrier && Fired >= Fault.Count)
        {
            OpenBarrier();
        }
        return true;
    }

    private bool Admits(LoggedRequest request)
    {
        _admitted.RemoveAll(other => other.IsOver);
        if (_admitted.Count >= Fault.Count)
        {
            return false;
        }
        _admitted.Add(request);
        return true;
    }

    internal void OpenBarrier() => _opened.TrySetResult();

    internal async Task WaitAtBarrierAsync(CancellationToken cancellation)
    {
        TimeSpan patience = Fault.Seconds is double seconds ? TimeSpan.FromSeconds(seconds) : Timeout.InfiniteTimeSpan;
        try
        {
            await _opened.Task.WaitAsync(patience, cancellation);
        }
        catch (TimeoutException)
        {
            OpenBarrier();
        }
    }
}

/// <summary>The faults on order. Several may hit one request.</summary>
public sealed class FaultList
{
    private readonly object _gate = new();
    private readonly List<ArmedFault> _armed = [];

    public IReadOnlyList<ArmedFault> Entries
    {
        get
        {
            lock (_gate)
            {
                return [.. _armed];
            }
        }
    }

    public ArmedFault Add(Fault fault)
    {
        var armed = new ArmedFault(fault);
        lock (_gate)
        {
            _armed.Add(armed);
        }
        return armed;
    }

    public void Remove(ArmedFault fault)
    {
        lock (_gate)
        {
            _armed.Remove(fault);
            fault.OpenBarrier();
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _armed.ForEach(fault => fault.OpenBarrier());
            _armed.Clear();
        }
    }

    internal IReadOnlyList<ArmedFault> Take(LoggedRequest request, Func<Fault, bool> applies)
    {
        lock (_gate)
        {
            ArmedFault[] taken = [.. _armed.Where(armed => applies(armed.Fault) && armed.Fits(request) && armed.CountMatch(request))];
            if (taken.Length > 0)
            {
                request.Faults = [.. request.Faults, .. taken.Select(armed => armed.Fault.Kind)];
            }
            return taken;
        }
    }
}
