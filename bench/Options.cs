using System.Globalization;

namespace Bench;

internal sealed record Options
{
    private const string Usage = """
        Options:
          --cases LIST        which cases, by their letters (a,b,c,d,e,f,g,h,i,k,l,import)
          --scale X           sizes, and the number of small files, times X (1)
          --runs N            how often each pair is measured (5)
          --folder PATH       a tmpfs, for the cases without a disk (/dev/shm)
          --disk-folder PATH  a folder on a disk, for the cases with small files (the system's temp folder)
          --module PATH       the staged module's folder (out/HubCache)
          --python PROGRAM    a Python that has what the Python client needs (the first python3 on the PATH that has)
          --python-path A:B   where the source of huggingface_hub and of what it needs is (HUBCACHE_BENCH_PYTHONPATH)
          --most-seconds N    how long one download may take (600)
          --profile           also say which threads used the processors during one download of ours
          --write-readme      put the results into bench/README.md
        """;

    public IReadOnlyList<string>? Cases { get; private init; }

    public double Scale { get; private init; } = 1;

    public int Runs { get; private init; } = 5;

    public string Folder { get; private init; } = "/dev/shm";

    public string DiskFolder { get; private init; } = Path.GetTempPath();

    public string Module { get; private init; } = Path.Combine("out", "HubCache");

    public string? Python { get; private init; }

    public string PythonPath { get; private init; } = Environment.GetEnvironmentVariable("HUBCACHE_BENCH_PYTHONPATH") ?? string.Empty;

    public TimeSpan MostTime { get; private init; } = TimeSpan.FromMinutes(10);

    public bool WithProfile { get; private init; }

    public bool WritesReadme { get; private init; }

    public string Manifest => Path.GetFullPath(Path.Combine(Module, "HubCache.psd1"));

    public bool Wants(string letter) => Cases is null || Cases.Contains(letter);

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
                    "--cases" => options with { Cases = rest.Dequeue().Split(',', StringSplitOptions.TrimEntries) },
                    "--scale" => options with { Scale = Positive(rest.Dequeue()) },
                    "--runs" => options with { Runs = (int)Math.Ceiling(Positive(rest.Dequeue())) },
                    "--folder" => options with { Folder = rest.Dequeue() },
                    "--disk-folder" => options with { DiskFolder = rest.Dequeue() },
                    "--module" => options with { Module = rest.Dequeue() },
                    "--python" => options with { Python = rest.Dequeue() },
                    "--python-path" => options with { PythonPath = rest.Dequeue() },
                    "--most-seconds" => options with { MostTime = TimeSpan.FromSeconds(Positive(rest.Dequeue())) },
                    "--profile" => options with { WithProfile = true },
                    "--write-readme" => options with { WritesReadme = true },
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

    private static double Positive(string text)
    {
        double number = double.Parse(text, CultureInfo.InvariantCulture);
        return number > 0 ? number : throw new FormatException($"{text} is not above 0.");
    }
}
