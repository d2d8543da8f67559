using HubCache.Store;

namespace HubCache.Maintenance.Removing;

/// <summary>Chooses, of what may go, no more than it takes for the rest to be at most so many bytes: least recently used first.</summary>
internal sealed class SizeLimit(ByteLedger ledger, IReadOnlyList<RepoPick> picks, IReadOnlyList<RepoPick> kept)
{
    /// <summary>The picks, cut down to what has to go.</summary>
    public List<RepoPick> Apply(long limit)
    {
        long total = ledger.Sum(picks.Concat(kept).SelectMany(Holders));
        var chosen = new List<Unit>();
        foreach (Unit unit in picks.SelectMany(Units).OrderBy(unit => unit.LastUse))
        {
            if (total <= limit)
            {
                break;
            }

            total -= ledger.Release(unit.Holders);
            chosen.Add(unit);
        }

        return [.. picks.Select(pick => Cut(pick, [.. chosen.Where(unit => unit.Pick == pick)])).Where(pick => !pick.IsEmpty)];
    }

    private static RepoPick Cut(RepoPick pick, List<Unit> chosen)
    {
        var cut = new RepoPick(pick.Repo);
        if (pick.IsWhole && chosen.Count > 0 && chosen.Count == Units(pick).Count())
        {
            cut.IsWhole = true;
            return cut;
        }

        chosen.ForEach(unit => unit.AddTo(cut));
        return cut;
    }

    private static IEnumerable<object> Holders(RepoPick pick) => Units(pick).SelectMany(unit => unit.Holders);

    private static IEnumerable<Unit> Units(RepoPick pick)
    {
        BlobEntry[] orphans = [.. pick.Orphans];
        if (orphans.Length > 0)
        {
            // Nothing refers to them: they go before anything that is of use.
            yield return new Unit(pick, DateTime.MinValue, orphans, cut => cut.WithOrphans = true);
        }

        foreach (SnapshotInventory snapshot in pick.Snapshots)
        {
            yield return new Unit(pick, LastUse.Of(snapshot), [.. snapshot.Entries], cut => cut.Add(snapshot.Commit));
        }

        foreach (var files in pick.Files.GroupBy(file => file.Commit))
        {
            SnapshotInventory snapshot = pick.Repo.Snapshot(files.Key)!;
            SnapshotEntry[] entries = [.. files.Select(file => file.Entry)];
            yield return new Unit(pick, LastUse.Of(snapshot with { Entries = entries }), entries, cut => cut.Add(snapshot, entries));
        }
    }

    private sealed record Unit(RepoPick Pick, DateTime LastUse, IReadOnlyList<object> Holders, Action<RepoPick> AddTo);
}
