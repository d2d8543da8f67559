using Bench.Contenders;

namespace Bench.Cases;

/// <summary>A row of a case's table: the readings of one contender, and ours beside them as ratios of the same rounds.</summary>
internal sealed record Row(
    string Title,
    IReadOnlyList<double> Seconds,
    IReadOnlyList<double> SessionRatios,
    IReadOnlyList<double> ProcessRatios,
    long? PeakBytes,
    long? IdleBytes)
{
    public double? Of(Measure measure) => measure switch
    {
        Measure.Seconds => Seconds.Count > 0 ? Measuring.Median.Of(Seconds) : null,
        Measure.SessionRatio => SessionRatios.Count > 0 ? Measuring.Median.Of(SessionRatios) : null,
        _ => PeakBytes / 1e6,
    };
}

/// <summary>What was measured of a case.</summary>
internal sealed record CaseResult(
    DownloadCase Plan, IReadOnlyList<Round> Rounds, IReadOnlyList<IContender> Ours, IReadOnlyList<string> Remarks)
{
    public bool HasFailures { get; init; }

    public IReadOnlyList<Row> Rows =>
    [
        .. Ours.Select(contender => OurRow(contender, contender is PowerShellSession ? round => round.Session : round => round.Process)),
        .. Rounds.Where(round => round.Peer is not null).GroupBy(round => round.PeerTitle!).SelectMany(PeerRows),
    ];

    public IReadOnlyList<Verdict> VerdictsOn(Row row)
    {
        return
        [
            .. Plan.Demands.Where(demand => demand.Row == row.Title)
                .Select(demand => row.Of(demand.Measure) is double value ? demand.Judge(value) : null)
                .OfType<Verdict>(),
        ];
    }

    private static IEnumerable<Row> PeerRows(IGrouping<string, Round> rounds)
    {
        yield return PeerRow(rounds.Key, rounds, peer => peer.Seconds);
        if (rounds.First().Peer!.SecondsInside is not null)
        {
            yield return PeerRow(PythonClient.NameInside, rounds, peer => peer.SecondsInside!.Value);
        }
    }

    private static Row PeerRow(string title, IEnumerable<Round> rounds, Func<Reading, double> seconds) => new(
        title,
        [.. rounds.Select(round => seconds(round.Peer!))],
        [.. rounds.Where(round => round.Session is not null).Select(round => round.Session!.Seconds / seconds(round.Peer!))],
        [.. rounds.Where(round => round.Process is not null).Select(round => round.Process!.Seconds / seconds(round.Peer!))],
        rounds.Max(round => round.Peer!.PeakBytes),
        null);

    private Row OurRow(IContender contender, Func<Round, Reading?> pick)
    {
        Reading[] readings = [.. Rounds.Select(pick).OfType<Reading>()];
        return new Row(
            contender.Title,
            [.. readings.Select(reading => reading.Seconds)],
            [],
            [],
            readings.Max(reading => reading.PeakBytes),
            contender.IdleBytes);
    }
}
