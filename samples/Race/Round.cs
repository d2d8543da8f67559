using System.Diagnostics;
using System.Globalization;

namespace Race;

/// <summary>Many processes on one file, and what came of it.</summary>
internal sealed record Round
{
    public required IReadOnlyList<string> WrongAnswers { get; init; }

    public required double TimesFetched { get; init; }

    public required TimeSpan Elapsed { get; init; }

    public required int Killed { get; init; }

    public required int Pruned { get; init; }

    /// <summary>How often the blob was published, one over the other.</summary>
    public required int Versions { get; init; }

    public required int Looks { get; init; }

    public required int CorruptLooks { get; init; }

    public required int Leftovers { get; init; }

    public required bool AreNamesRight { get; init; }

    public static async Task<Round> PlayAsync(Stage stage, Options options, Trouble trouble)
    {
        stage.Clear();
        stage.HoldUntil(options.Processes, options.Start);
        ChildOrder order = stage.Order(Role.Ours) with { WithLocks = options.WithLocks };
        (Hold slowMetadata, Hold slowBytes) = (stage.HoldSlowMetadata(), stage.HoldSlowBytes());
        List<Child> children = [.. Enumerable.Range(0, options.Processes).Select(_ => Child.Start(order))];
        if (trouble.HasSlowWriter)
        {
            // It fetches although somebody else leads.
            children.Add(Child.Start(order with { File = Stage.SlowName, Force = true }));
        }

        using var over = new CancellationTokenSource();
        try
        {
            long began = Stopwatch.GetTimestamp();
            Task<BlobWatcher> watching = BlobWatcher.WatchAsync(stage, over.Token);
            var troublemaker = new Troublemaker(stage, trouble, children);
            await troublemaker.KillAsync();
            Task pruning = troublemaker.PruneAsync(over.Token);
            if (trouble.HasSlowWriter)
            {
                await troublemaker.LetSlowWriterGoAsync(slowMetadata, slowBytes);
            }

            ChildResult[] results = await Task.WhenAll(children.Where(child => !child.IsKilled).Select(child => child.ResultAsync()));
            TimeSpan elapsed = Stopwatch.GetElapsedTime(began);
            await over.CancelAsync();
            await pruning;
            double timesFetched = (double)stage.BytesSent / stage.Length;

            using var plain = Child.Start(order);
            results = [.. results, await plain.ResultAsync()];
            using BlobWatcher seen = await watching;
            return new Round
            {
                WrongAnswers = [.. results.Where(result => result.Sha256 != stage.Hash).Select(Complaint)],
                TimesFetched = timesFetched,
                Elapsed = elapsed,
                Killed = troublemaker.Killed,
                Pruned = troublemaker.Pruned,
                Versions = seen.Versions,
                Looks = seen.Looks,
                CorruptLooks = seen.CorruptLooks + seen.LookAgainAtAll(),
                Leftovers = stage.FindTemps().Count,
                AreNamesRight = stage.AreNamesRight(),
            };
        }
        finally
        {
            await over.CancelAsync();
            children.ForEach(child => child.Dispose());
        }
    }

    public string Describe()
    {
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Elapsed.TotalSeconds:0.0} s, {TimesFetched:0.000} times the file fetched, {Versions} published, {Killed} killed, {Pruned} "
                + $"temps pruned, {CorruptLooks} corrupt");
    }

    private static string Complaint(ChildResult result) => $"wrong: {result.Error ?? result.Sha256} {string.Join(" | ", result.Notes)}";
}
