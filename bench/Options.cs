using System.Globalization;

namespace Bench;

internal sealed record Options
{
    private const string Usage = """
        Options:
          --gigabytes X   size of the large file (2)
          --pairs N       how often each pair is measured (5)
          --folder PATH   where downloads go; a tmpfs (/dev/shm)
          --module PATH   the staged module's folder (out/HubCache)
        """;

    public double Gigabytes { get; private init; } = 2;

    public int Pairs { get; private init; } = 5;

    public string Folder { get; private init; } = "/dev/shm";

    public string Module { get; private init; } = Path.Combine("out", "HubCache");

    public string Manifest => Path.GetFullPath(Path.Combine(Module, "HubCache.psd1"));

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
                    "--gigabytes" => options with { Gigabytes = double.Parse(rest.Dequeue(), CultureInfo.InvariantCulture) },
                    "--pairs" => options with { Pairs = Math.Max(1, int.Parse(rest.Dequeue(), CultureInfo.InvariantCulture)) },
                    "--folder" => options with { Folder = rest.Dequeue() },
                    "--module" => options with { Module = rest.Dequeue() },
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
}
