using System.Diagnostics;

namespace Bench.Measuring;

/// <summary>What one run of a program came to.</summary>
internal sealed record ChildRun(double Seconds, long? PeakBytes, string Output);

/// <summary>Programs of others: whether they are there, and one run of them.</summary>
internal static class ChildProgram
{
    /// <summary>In the home of a program: the certificate authority of a Hub with TLS.</summary>
    public const string AuthorityFileName = "hub-ca.pem";

    public static string? Find(string program) => FindAll(program).FirstOrDefault();

    public static IEnumerable<string> FindAll(string program)
    {
        string[] folders =
            (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string name = OperatingSystem.IsWindows() ? program + ".exe" : program;
        return folders.Select(folder => Path.Combine(folder, name)).Where(File.Exists);
    }

    /// <summary>The caller's log-in, caches and proxies are neither used nor measured.</summary>
    public static ProcessStartInfo Order(string program, IEnumerable<string> arguments, string home)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        string[] meddling = [.. start.Environment.Keys.Where(name =>
            name.StartsWith("HF_", StringComparison.Ordinal)
            || name.StartsWith("HUGGING", StringComparison.Ordinal)
            || name.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase))];
        Array.ForEach(meddling, name => start.Environment.Remove(name));
        start.Environment["HF_HOME"] = home;
        start.Environment["NO_COLOR"] = "1";
        string authority = Path.Combine(home, AuthorityFileName);
        foreach (string name in (string[])["SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
        {
            start.Environment[name] = File.Exists(authority) ? authority : null;
        }
        return start;
    }

    public static async Task<ChildRun> RunAsync(ProcessStartInfo order, CancellationToken cancellationToken)
    {
        order.RedirectStandardError = true;
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(order)!;
        try
        {
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
            Task<long?> peak = PeakMemory.WatchAsync(process);
            await process.WaitForExitAsync(cancellationToken);
            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            return process.ExitCode == 0
                ? new ChildRun(seconds, await peak, await output)
                : throw new InvalidOperationException(
                    $"{Path.GetFileName(order.FileName)} ended with {process.ExitCode}: {(await errors).Trim()}");
        }
        finally
        {
            End(process);
        }
    }

    /// <summary>Whatever happened here, a process that we started does not outlive us.</summary>
    public static void End(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }
    }
}
