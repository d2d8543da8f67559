using Bench.Measuring;

namespace Bench.Contenders;

/// <summary>aria2c with as many connections as we may use; it neither hashes nor flushes, and makes no cache.</summary>
internal sealed class Aria2(Scene scene) : IContender
{
    public const string Name = "aria2c";

    public string Title => Name;

    public static string? WhyNot() => ChildProgram.Find("aria2c") is null ? "there is no aria2c on the PATH" : null;

    public async Task<Reading> RunAsync(string folder, CancellationToken cancellationToken)
    {
        string list = scene.Scratch.Write(
            "aria2c.txt", string.Concat(scene.Workload.Files.Select(file => $"{scene.Hub.AddressOf(file)}\n  out={file.Path}\n")));
        string[] parallel = [
            .. scene.Workload.OnlyFile is null ? ["-j8"] : Array.Empty<string>(),
            .. scene.Workload.Tls ? ["--check-certificate=false"] : Array.Empty<string>()
        ];

        // -c: what is there already is not fetched under a second name.
        string[] arguments =
            ["--no-conf", "--quiet", "-x8", "-s8", "-k1M", "--file-allocation=none", "-c", .. parallel, "-d", folder, "-i", list];
        ChildRun run =
            await ChildProgram.RunAsync(ChildProgram.Order(ChildProgram.Find("aria2c")!, arguments, scene.Scratch.Own), cancellationToken);
        return new Reading(run.Seconds, run.PeakBytes);
    }
}
