using Bench.Measuring;

namespace Bench.Contenders;

/// <summary>curl, and then the SHA-256 by openssl, as one does it by hand.</summary>
internal sealed class CurlAndHash(Scene scene) : IContender
{
    public const string Name = "curl, then openssl dgst -sha256";

    private readonly Curl _curl = new(scene);

    public string Title => Name;

    public static string? WhyNot() => Curl.WhyNot() ?? (ChildProgram.Find("openssl") is null ? "there is no openssl on the PATH" : null);

    public async Task<Reading> RunAsync(string folder, CancellationToken cancellationToken)
    {
        Reading download = await _curl.RunAsync(folder, cancellationToken);
        string[] arguments = ["dgst", "-sha256", .. scene.Workload.Files.Select(file => Curl.FileIn(folder, file))];
        ChildRun hash =
            await ChildProgram.RunAsync(ChildProgram.Order(ChildProgram.Find("openssl")!, arguments, scene.Scratch.Own), cancellationToken);
        return new Reading(download.Seconds + hash.Seconds, download.PeakBytes is long peak ? Math.Max(peak, hash.PeakBytes ?? 0) : null);
    }
}
