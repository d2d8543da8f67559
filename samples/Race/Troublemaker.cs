namespace Race;

/// <summary>Makes the trouble that was ordered for a round.</summary>
internal sealed class Troublemaker(Stage stage, Trouble trouble, IReadOnlyList<Child> children)
{
    // Who has this much leads for good.
    private const long LeadLength = 1 << 20;

    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromMilliseconds(500);

    public int Killed { get; private set; }

    public int Pruned { get; private set; }

    private bool IsPublished => File.Exists(stage.BlobPath);

    /// <summary>Kills leaders, one after the other, each somewhere in the middle.</summary>
    public async Task KillAsync()
    {
        while (Killed < trouble.Kills)
        {
            long point = (long)(stage.Length * (0.05 + (0.6 * Random.Shared.NextDouble())));
            Child? leader = null;
            await Until.TrueAsync(() => IsPublished || (leader = Leader(point)) is not null);
            if (leader is null)
            {
                return;
            }

            leader.Kill();
            Killed++;
        }
    }

    /// <summary>Deletes every incomplete file again and again, until the round is over.</summary>
    public async Task PruneAsync(CancellationToken over)
    {
        while (trouble.HasPruner && !over.IsCancellationRequested)
        {
            Pruned += stage.DeleteIncomplete();
            await Task.Delay(BetweenSweeps, CancellationToken.None);
        }
    }

    /// <summary>Lets the slow writer begin when somebody leads, and go on when somebody has published.</summary>
    public async Task LetSlowWriterGoAsync(Hold metadata, Hold bytes)
    {
        await Until.TrueAsync(() => IsPublished || Leader(LeadLength) is not null);
        metadata.Release();
        await bytes.ReachedAsync();
        await Until.TrueAsync(() => IsPublished);
        bytes.Release();
    }

    private Child? Leader(long atLeast)
    {
        return stage.FindTemps()
            .Where(temp => temp.Length >= atLeast)
            .Select(temp => children.FirstOrDefault(child => child.Id == temp.Pid && !child.IsKilled))
            .FirstOrDefault(child => child is not null);
    }
}
