using System.Globalization;

namespace Race;

/// <summary>How large the race is.</summary>
internal sealed record Options
{
    public const string AtMetadata = "metadata";
    public const string AtBytes = "bytes";

    private const string Usage = """
        Options:
          --processes N   processes in a round (8)
          --rounds N      rounds of each kind (2)
          --megabytes N   size of the file (32)
          --seconds X     how long the file takes on one connection; 0: as fast as it goes (1)
          --only KIND     rounds of one kind only: calm, killed, pruned
          --with-locks    let locks work, instead of making them say yes to everybody
          --start HOW     together with the metadata, together with the first bytes, or anyhow (metadata)
        """;

    public int Processes { get; private init; } = 8;

    public int Rounds { get; private init; } = 2;

    public int Megabytes { get; private init; } = 32;

    public double Seconds { get; private init; } = 1;

    public string? Only { get; private init; }

    public bool WithLocks { get; private init; }

    public string Start { get; private init; } = AtMetadata;

    public long Length => Megabytes * 1_000_000L;

    public string Locks => WithLocks ? "locks work" : "locks do nothing";

    public bool Wants(Trouble trouble) => Only is null || Only == trouble.Name;

    /// <summary>Null, and the usage printed, when something is not understood.</summary>
    public static Options? Parse(string[] args)
    {
        try
        {
            var options = new Options();
            var rest = new Queue<string>(args);
            while (rest.TryDequeue(out string? name))
            {
                options = name switch
                {
                    "--processes" => options with { Processes = Number(rest) },
                    "--rounds" => options with { Rounds = Number(rest) },
                    "--megabytes" => options with { Megabytes = Number(rest) },
                    "--seconds" => options with { Seconds = double.Parse(rest.Dequeue(), CultureInfo.InvariantCulture) },
                    "--only" => options with { Only = OneOf(Trouble.All.Select(trouble => trouble.Name), rest.Dequeue()) },
                    "--with-locks" => options with { WithLocks = true },
                    "--start" => options with { Start = OneOf([AtMetadata, AtBytes, "anyhow"], rest.Dequeue()) },
                    _ => throw new FormatException($"Unknown option {name}."),
                };
            }

            return options;
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or OverflowException)
        {
            Console.Error.WriteLine(e.Message);
            Console.Error.WriteLine(Usage);
            return null;
        }
    }

    private static string OneOf(IEnumerable<string> choices, string choice)
    {
        return choices.Contains(choice) ? choice : throw new FormatException($"'{choice}' is none of: {string.Join(", ", choices)}.");
    }

    private static int Number(Queue<string> rest)
    {
        int number = int.Parse(rest.Dequeue(), CultureInfo.InvariantCulture);
        return number > 0 ? number : throw new FormatException("It has to be at least 1.");
    }
}
