using System.Diagnostics;
using System.Globalization;
using Bench.Measuring;

namespace Bench.Contenders;

/// <summary>huggingface_hub, from its source.</summary>
internal sealed class PythonClient : IContender
{
    public const string Name = "huggingface_hub in a fresh Python";
    public const string NameInside = "the same, its call alone";

    private const string Script = """
        import sys, time
        from huggingface_hub import hf_hub_download, snapshot_download
        endpoint, repo, folder, name = sys.argv[1:]
        began = time.perf_counter()
        if name:
            hf_hub_download(repo, name, cache_dir=folder, endpoint=endpoint, token=False)
        else:
            snapshot_download(repo, cache_dir=folder, endpoint=endpoint, token=False)
        print(time.perf_counter() - began)
        """;

    private readonly Scene _scene;
    private readonly string _python;

    private PythonClient(Scene scene, string python)
    {
        _scene = scene;
        _python = python;
    }

    public string Title => Name;

    /// <summary>With the first Python that can import the client; null when none can.</summary>
    public static async Task<PythonClient?> FindAsync(Scene scene, CancellationToken cancellationToken)
    {
        return await FindAsync(scene.Options, scene.Scratch, cancellationToken) is (string python, _)
            ? new PythonClient(scene, python)
            : null;
    }

    /// <summary>The Python, and the versions of both.</summary>
    public static async Task<(string Python, string Versions)?> FindAsync(
        Options options, Scratch scratch, CancellationToken cancellationToken)
    {
        const string Question = "import platform, huggingface_hub; from huggingface_hub import snapshot_download; print('Python', "
            + "platform.python_version() + ', huggingface_hub', huggingface_hub.__version__)";
        foreach (string python in options.Python is string named ? [named] : ChildProgram.FindAll("python3"))
        {
            try
            {
                ChildRun answer = await ChildProgram.RunAsync(Order(python, ["-c", Question], options, scratch), cancellationToken);
                return (python, answer.Output.Trim());
            }
            catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // Not this one.
            }
        }

        return null;
    }

    public async Task<Reading> RunAsync(string folder, CancellationToken cancellationToken)
    {
        string[] arguments = ["-c", Script, _scene.Hub.Endpoint, Workload.Repo, folder, _scene.Workload.OnlyFile ?? string.Empty];
        ChildRun run = await ChildProgram.RunAsync(Order(_python, arguments, _scene.Options, _scene.Scratch), cancellationToken);
        return new Reading(run.Seconds, run.PeakBytes, double.Parse(run.Output, CultureInfo.InvariantCulture));
    }

    private static ProcessStartInfo Order(string python, string[] arguments, Options options, Scratch scratch)
    {
        ProcessStartInfo order = ChildProgram.Order(python, arguments, scratch.Own);
        order.Environment["PYTHONPATH"] = options.PythonPath;

        // Compiled once, as where it is installed, but not into a tree that is not ours.
        order.Environment.Remove("PYTHONDONTWRITEBYTECODE");
        order.Environment["PYTHONPYCACHEPREFIX"] = Path.Combine(scratch.Own, "pycache");
        order.Environment["HF_HUB_DISABLE_PROGRESS_BARS"] = "1";
        order.Environment["HF_HUB_DISABLE_TELEMETRY"] = "1";
        return order;
    }
}
