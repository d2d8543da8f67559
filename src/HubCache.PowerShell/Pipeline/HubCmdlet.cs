using System.Collections.Concurrent;
using System.Management.Automation;
using HubCache.Names;

namespace HubCache.PowerShell;

/// <summary>
/// What all cmdlets of the module share: the cache, stops, errors, and a bridge between the engine's tasks and the pipeline.
/// </summary>
/// <remarks>
/// The engine runs on the thread pool and posts what it has to say into a queue. The pipeline thread alone takes it out: PowerShell
/// lets no other thread write.
/// </remarks>
public abstract class HubCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly BlockingCollection<Action> _queue = [];
    private readonly HashSet<string> _warnings = new(StringComparer.Ordinal);
    private readonly HashSet<HubCacheException> _reported = new(ReferenceEqualityComparer.Instance);
    private HashSet<string> _typed = [];
    private IReadOnlyList<string>? _readOnlyCaches;

    private protected HubCmdlet()
    {
    }

    /// <summary>
    /// <para type="description">The cache folder, taken literally. What the environment says when it is not given:
    /// HF_HUB_CACHE, HF_HOME, or .cache/huggingface/hub in the home folder.</para>
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? CachePath { get; set; }

    private protected CancellationToken StopToken => _stop.Token;

    /// <summary>The folder that relative paths of the environment start from, as they would in a program that is started here.</summary>
    private protected string Location { get; private set; } = null!;

    /// <summary>The cache folder as the file system knows it; null to leave it to the environment.</summary>
    private protected string? CacheFolder => CachePath is null ? null : this.FileSystemPath(CachePath);

    /// <summary>The cache: the given one, else the environment's.</summary>
    private protected string Cache => CacheFolder ?? EnvironmentCache;

    /// <summary>The caches that are only read, whether they are there or not: those that were given, else the environment's.</summary>
    private protected IReadOnlyList<string> NamedReadOnlyCaches
        => _readOnlyCaches ??= ReadOnlyCaches.Named(this, GivenReadOnlyCaches, Location);

    /// <summary>The value of the parameter that names them; null where it is not given, or where there is none.</summary>
    private protected virtual string[]? GivenReadOnlyCaches => null;

    private string EnvironmentCache => HubEnvironment.CachePath(Location);

    /// <summary>Whether the command line or the record at hand says a parameter, however like the default it is.</summary>
    private protected bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    /// <summary>Whether the call only asks what would happen: ShouldProcess cannot be asked that without printing a line.</summary>
    private protected bool IsWhatIf => LanguagePrimitives.IsTrue(
        MyInvocation.BoundParameters.TryGetValue("WhatIf", out object? bound) ? bound : GetVariableValue("WhatIfPreference"));

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Cancels whatever still runs.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            // Neither is disposed: a stop that arrives late and a task that notes a last thing must find them whole.
            _stop.Cancel();
        }
    }

    /// <summary>A fault of what holds for the whole call ends it here; a record's own fault is that record's.</summary>
    protected sealed override void BeginProcessing()
    {
        _typed = [.. MyInvocation.BoundParameters.Keys];
        Location = SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        Guard(
            () =>
            {
                _ = CacheFolder;
                OnBegin();
            },
            OnRefused);
    }

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        Guard(OnRecord, WriteError);

        // PowerShell puts the defaults back after a record, and goes on to call them bound.
        foreach (string parameter in MyInvocation.BoundParameters.Keys.Where(parameter => !_typed.Contains(parameter)).ToList())
        {
            MyInvocation.BoundParameters.Remove(parameter);
        }
    }

    /// <inheritdoc/>
    protected sealed override void EndProcessing() => Guard(OnEnd, ThrowTerminatingError);

    /// <summary>Asks the work to stop and returns at once; the pipeline thread waits for its clean-up.</summary>
    protected sealed override void StopProcessing() => _ = _stop.CancelAsync();

    /// <summary>Ends the call for a fault of what holds for the whole of it.</summary>
    private protected virtual void OnRefused(ErrorRecord error) => ThrowTerminatingError(error);

    private protected virtual void OnBegin()
    {
    }

    private protected virtual void OnRecord()
    {
    }

    private protected virtual void OnEnd()
    {
    }

    /// <summary>Has something done on the pipeline thread, in order, while <see cref="Run"/> is at work. From any thread.</summary>
    internal void Post(Action action) => _queue.Add(action);

    /// <summary>Reports a failure, once however many items share it.</summary>
    private protected void Report(HubCacheException error)
    {
        if (_reported.Add(error))
        {
            WriteError(ErrorRecords.From(error));
        }
    }

    /// <summary>Does one item's part; its failure is reported and the next goes on.</summary>
    private protected void Attempt(Action action)
    {
        try
        {
            action();
        }
        catch (HubCacheException error)
        {
            Report(error);
        }
    }

    /// <summary>
    /// The cache that a record is about, for a cmdlet that writes to it: the given one, else that in which the piped object lies, else the
    /// environment's.
    /// </summary>
    /// <param name="place">Where the object lies, if that says which cache it is; null when it does not.</param>
    /// <param name="target">What an error is about; the cache when it is null.</param>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.ReadOnlyCache"/>: it is one that is only read, and neither the command
    /// line nor the environment says to write to it.</exception>
    private protected string CacheToWrite(string? place = null, string? target = null)
    {
        string cache = CacheFolder ?? (place is null ? null : ObjectPlace.CacheOf(place)) ?? EnvironmentCache;
        bool isOnlyRead = !_typed.Contains(nameof(CachePath))
            && NamedReadOnlyCaches.Any(named => CachePaths.AreOne(named, cache))
            && !CachePaths.AreOne(EnvironmentCache, cache);
        return !isOnlyRead ? cache : throw ReadOnlyCaches.Refusal(cache, target ?? cache, areGiven: GivenReadOnlyCaches is not null);
    }

    /// <summary>Warns, once however often it is said.</summary>
    internal void WarnOnce(string message)
    {
        if (_warnings.Add(message))
        {
            WriteWarning(message);
        }
    }

    // What is said passes here: names from disks and from servers may have in them what a terminal would obey.

    /// <summary>Warns, control characters replaced.</summary>
    internal new void WriteWarning(string text) => base.WriteWarning(PlainText.Of(text));

    /// <summary>Writes to the verbose stream, control characters replaced.</summary>
    internal new void WriteVerbose(string text) => base.WriteVerbose(PlainText.Of(text));

    /// <summary>Asks, control characters replaced.</summary>
    private protected new bool ShouldProcess(string? target, string action)
        => base.ShouldProcess(PlainText.Of(target), PlainText.Of(action));

    /// <summary>Runs work on the thread pool and serves its queue until it ends; however this is left, the work has ended.</summary>
    private protected void Run(Func<CancellationToken, Task> work, Func<IReadOnlyList<ProgressRecord>> sampleProgress)
    {
        var progress = new ProgressDisplay(this, sampleProgress);
        Task running = Task.Run(() => work(StopToken));
        _ = running.ContinueWith(_ => Post(() => { }), TaskScheduler.Default);
        try
        {
            while (!running.IsCompleted || _queue.Count > 0)
            {
                if (_queue.TryTake(out Action? action, (int)ProgressDisplay.Interval.TotalMilliseconds, StopToken))
                {
                    action();
                }

                progress.Refresh();
            }
        }
        finally
        {
            // Select-Object -First throws through WriteObject and calls neither StopProcessing nor EndProcessing. The wait has no
            // limit of its own: the engine takes a second and the system call in progress, and a temp that stays is worse.
            if (!running.IsCompleted)
            {
                _ = _stop.CancelAsync();
                _ = Task.WaitAny(running);
            }

            progress.Complete();
        }

        running.GetAwaiter().GetResult();
    }

    private void Guard(Action action, Action<ErrorRecord> onError)
    {
        try
        {
            action();
        }
        catch (OperationCanceledException) when (StopToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (HubCacheException error)
        {
            onError(ErrorRecords.From(error));
        }
    }
}
