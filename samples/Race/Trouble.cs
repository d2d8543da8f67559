namespace Race;

/// <summary>What makes a round hard.</summary>
internal sealed record Trouble(string Name, string Headline)
{
    public static readonly Trouble None = new("calm", "nothing goes wrong");

    public static readonly Trouble Killed =
        new("killed", "leaders are killed, and a slow writer publishes last") { Kills = 2, HasSlowWriter = true };

    public static readonly Trouble Pruned =
        new("pruned", "leaders are killed, and a pruner deletes every *.incomplete it sees") { Kills = 2, HasPruner = true };

    public static readonly IReadOnlyList<Trouble> All = [None, Killed, Pruned];

    /// <summary>How many leaders are killed, one after the other.</summary>
    public int Kills { get; private init; }

    /// <summary>Whether one process, forced to fetch, is still at it when the others are done.</summary>
    public bool HasSlowWriter { get; private init; }

    public bool HasPruner { get; private init; }
}
