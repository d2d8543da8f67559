using Bench.Measuring;

namespace Bench.Contenders;

/// <summary>curl follows redirects and writes; it neither hashes nor flushes, and makes no cache.</summary>
internal sealed class Curl(Scene scene) : IContender
{
    public const string Name = "curl";

    public string Title => Name;

    public static string? WhyNot() => ChildProgram.Find("curl") is null ? "there is no curl on the PATH" : null;

    public static string FileIn(string folder, HubFile file) => Path.Combine(folder, file.Path);

    public async Task<Reading> RunAsync(string folder, CancellationToken cancellationToken)
    {
        IEnumerable<string> lines =
            scene.Workload.Files.Select(file => $"url = \"{scene.Hub.AddressOf(file)}\"\noutput = \"{FileIn(folder, file)}\"\n");
        string config = scene.Scratch.Write("curl.txt", string.Concat(lines));
        string[] parallel = scene.Workload.OnlyFile is null ? ["--parallel", "--parallel-max", "8"] : [];
        string[] arguments = ["--silent", "--show-error", "--fail", "--location", "--create-dirs", .. parallel, "--config", config];
        ChildRun run =
            await ChildProgram.RunAsync(ChildProgram.Order(ChildProgram.Find("curl")!, arguments, scene.Scratch.Own), cancellationToken);
        return new Reading(run.Seconds, run.PeakBytes);
    }
}
