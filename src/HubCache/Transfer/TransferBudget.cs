using HubCache.Transfer;

namespace HubCache;

/// <summary>What all transfers of a call share: connections, memory, and bytes a second.</summary>
public sealed class TransferBudget : IDisposable
{
    /// <summary>
    /// Files from this size on count as large: some room is kept for others beside them, and their temps are worth keeping.
    /// </summary>
    internal const long LargeFile = 16 << 20;

    /// <summary>Sets up a budget.</summary>
    /// <param name="options">How much may be used.</param>
    public TransferBudget(HubOptions options)
        : this(options, TimeProvider.System)
    {
    }

    /// <summary>Sets up a budget that goes by a clock of its own.</summary>
    internal TransferBudget(HubOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        (ConnectionsPerFile, Clock) = (options.ConnectionsPerFile, clock);
        int large = options.ThrottleLimit ?? HubOptions.UsualConnections;
        int files = options.ThrottleLimit ?? HubOptions.UsualSmallFiles;
        Files = new FileSlots(files, options.ThrottleLimit is null ? large : Math.Max(1, large - Math.Max(1, large / 4)));
        Connections = new Connections(Math.Max(large, options.ConnectionsPerFile), files, clock);
        Limit = options.MaxBytesPerSecond is long most ? new RateLimit(most, clock) : null;
    }

    /// <inheritdoc/>
    public void Dispose() => Files.Dispose();

    internal int ConnectionsPerFile { get; }

    internal FileSlots Files { get; }

    internal Connections Connections { get; }

    internal BlockPool Memory { get; } = new();

    /// <summary>Tells the time.</summary>
    internal TimeProvider Clock { get; }

    internal RateLimit? Limit { get; }

    /// <summary>Waits for a file's turn and its first connection.</summary>
    internal async Task<TransferPlace> EnterAsync(long length, CancellationToken cancellationToken)
    {
        IDisposable slot = await Files.EnterAsync(length, cancellationToken).ConfigureAwait(false);
        try
        {
            await Connections.EnterAsync(cancellationToken).ConfigureAwait(false);
            return new TransferPlace(slot, Connections);
        }
        catch
        {
            slot.Dispose();
            throw;
        }
    }
}
