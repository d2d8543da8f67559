namespace Bench.Contenders;

/// <summary>What one download took.</summary>
/// <param name="Seconds">On the clock.</param>
/// <param name="PeakBytes">The most memory of the process; null where that is not known.</param>
/// <param name="SecondsInside">Where a whole process was timed: of the call alone, without its start.</param>
internal sealed record Reading(double Seconds, long? PeakBytes, double? SecondsInside = null);

/// <summary>A way to bring the files here.</summary>
internal interface IContender
{
    string Title { get; }

    /// <summary>The memory that its process has without a download; null where that says nothing.</summary>
    long? IdleBytes => null;

    Task<Reading> RunAsync(string folder, CancellationToken cancellationToken);
}

/// <summary>What a contender is told about the case it is in.</summary>
internal sealed record Scene(HubProcess Hub, Workload Workload, Options Options, Scratch Scratch);
