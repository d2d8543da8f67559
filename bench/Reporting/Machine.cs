using System.Globalization;
using System.Runtime.InteropServices;
using Bench.Contenders;
using Bench.Measuring;

namespace Bench.Reporting;

/// <summary>What all this ran on.</summary>
internal static class Machine
{
    public static async Task<string> DescribeAsync(Options options, Scratch scratch, CancellationToken cancellationToken)
    {
        string[] versions =
        [
            RuntimeInformation.FrameworkDescription,
            await VersionAsync("pwsh", "--version"),
            await VersionAsync("curl", "--version"),
            await VersionAsync("openssl", "version"),
            await VersionAsync("aria2c", "--version"),
            await PythonClient.FindAsync(options, scratch, cancellationToken) is (_, string python) ? python : string.Empty,
        ];
        string cores = $"{Environment.ProcessorCount} cores{Fact("/proc/cpuinfo", "model name", " of {0}")}";
        double memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9;
        string shared = string.Create(
            CultureInfo.InvariantCulture,
            $"{cores}, which the server, the client and the hash share; {memory:0} GB of memory; load {Load()} when it began");
        return string.Create(CultureInfo.InvariantCulture, $"""
            - {DateTime.UtcNow:yyyy-MM-dd}, {shared}
            - {RuntimeInformation.OSDescription}; memory: {Describe(options.Folder)}; disk: {Describe(options.DiskFolder)}
            - {string.Join("; ", versions.Where(version => version.Length > 0))}
            - {options.Runs} runs of each pair{(options.Scale == 1 ? string.Empty : $", **sizes times {options.Scale}**")}

            """);

        async Task<string> VersionAsync(string program, string argument)
        {
            return ChildProgram.Find(program) is string path
                ? (await ChildProgram.RunAsync(ChildProgram.Order(path, [argument], scratch.Own), cancellationToken)).Output.Split(
                    '\n')[0].Split(" (")[0]
                : string.Empty;
        }
    }

    private static string Describe(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return "none";
        }

        var drive = new DriveInfo(folder);
        return drive.DriveFormat == "tmpfs" ? "tmpfs" : $"{drive.DriveFormat}{Device(Path.GetFullPath(folder))}";
    }

    /// <summary>The device that a folder lies on, and what it says about itself.</summary>
    private static string Device(string folder)
    {
        string? device = File.Exists("/proc/mounts")
            ? File
                .ReadLines("/proc/mounts")
                .Select(line => line.Split(' '))
                .Where(mount => Holds(mount[1], folder))
                .MaxBy(mount => mount[1].Length)?[0]
            : null;
        string queue = $"/sys/class/block/{Path.GetFileName(device)}/queue/rotational";
        return device is null ? string.Empty
            : !File.Exists(queue) ? $" on {device}"
            : $" on {device} ({(File.ReadAllText(queue).Trim() == "1" ? "says that it rotates" : "does not rotate")})";
    }

    private static bool Holds(string mount, string folder)
        => mount == "/" || $"{folder}/".StartsWith($"{mount}/", StringComparison.Ordinal);

    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    private static string Fact(string file, string name, string format)
    {
        string? line =
            File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) : null;
        return line is null
            ? string.Empty
            : string.Format(CultureInfo.InvariantCulture, format, line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
    }
}
