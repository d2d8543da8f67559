using System.Globalization;
using System.Text.Json;
using HubCache.Codecs;
using HubCache.Platform;
using HubCache.Retry;
using HubCache.Testing;

namespace HubCache.Worker;

/// <summary>
/// One download in a process of its own, for tests that need several: <c>endpoint cache repo file [--no-locks] [--offline] [--force]
/// [--revision=…]</c>. Prints one line of JSON. <c>environment</c> alone prints what the environment asks for; <c>lock</c> and files print
/// what locks on them are answered; <c>remove cache repo</c> removes a repo, having said so; <c>repair endpoint cache</c> checks and
/// repairs a whole cache; <c>import archive cache repo turns</c> imports an archive and removes its repo again, so many times; <c>memory
/// endpoint cache repo</c> saves a repo onto a slow disk and prints the most bytes that were alive meanwhile.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is ["environment"])
        {
            return Print(DescribeEnvironment());
        }

        if (arguments is ["remove", string cache, string repo])
        {
            return await RemoveAsync(cache, repo);
        }

        if (arguments is ["repair", string hub, string broken])
        {
            return await RepairAsync(new HubOptions { Endpoint = new Uri(hub), CachePath = broken });
        }

        if (arguments is ["import", string archive, string target, string id, string turns])
        {
            for (int turn = 0; turn < int.Parse(turns, CultureInfo.InvariantCulture); turn++)
            {
                await ImportAsync(archive, target, id);
            }

            return 0;
        }

        if (arguments is ["memory", string endpoint, string slow, string name])
        {
            return Print(await Memory.MeasureAsync(new HubOptions { Endpoint = new Uri(endpoint), CachePath = slow }, RepoId.Parse(name)));
        }

        if (arguments is ["lock", .. string[] paths])
        {
            Console.WriteLine(string.Join(' ', paths.Select(LockQuestion.Ask)));
            return 0;
        }

        var options = new HubOptions
        {
            Endpoint = new Uri(arguments[0]),
            CachePath = arguments[1],
            Offline = arguments.Contains("--offline"),
            // Only a test that stalls it on purpose waits for it, and kills it before.
            OperationTimeout = TimeSpan.FromSeconds(100),
        };
        string revision = arguments.FirstOrDefault(
            argument => argument.StartsWith("--revision=", StringComparison.Ordinal))?["--revision=".Length..] ?? "main";
        var request = new DownloadRequest
        {
            RepoId = RepoId.Parse(arguments[2]),
            Files = [FileSelector.Parse(arguments[3])],
            Revision = Revision.Parse(revision),
            Force = arguments.Contains("--force"),
        };
        Disk disk = arguments.Contains("--no-locks") ? new LocklessDisk() : Disk.OfThisSystem;
        using var downloader =
            new HubDownloader(options, new PollyRetryPolicy(TimeSpan.FromMilliseconds(50)), disk, codecs: static () => new XetCodecs());
        DownloadOutcome outcome = (await downloader.DownloadAsync(request, new Silence(), CancellationToken.None))[0];
        return Print(new Dictionary<string, string?>
        {
            ["FullName"] = outcome.File?.FullName,
            ["Source"] = outcome.File?.Source,
            ["BytesDownloaded"] = outcome.File?.BytesDownloaded.ToString(CultureInfo.InvariantCulture),
            ["Error"] = outcome.Error?.Code.ToString(),
            ["Message"] = outcome.Error?.Message,
        });
    }

    private static async Task<int> RemoveAsync(string cache, string repo)
    {
        var remover = new CacheRemover(cache, Disk.OfThisSystem, TimeSpan.Zero);
        var selection = new RemovalSelection { Matches = (id, _) => id == repo };
        RemovalPlan plan = remover.Plan(new RemovalRequest { Selections = [selection] }, CancellationToken.None);
        Console.WriteLine("ready");
        await remover.RemoveAsync(plan.Steps, _ => { }, error => throw error, CancellationToken.None);
        return 0;
    }

    private static async Task ImportAsync(string archive, string cache, string repo)
    {
        try
        {
            var import = new CacheImport(archive, cache, withoutSymbolicLinks: false);
            import.Check(new Silence(), CancellationToken.None);
            import.Run(new Silence(), CancellationToken.None);
            await RemoveAsync(cache, repo);
        }
        catch (HubCacheException)
        {
            // Somebody swaps its folders; what is left outside is what the test looks at.
        }
    }

    private static async Task<int> RepairAsync(HubOptions options)
    {
        var problems = new List<CacheProblem>();
        var check = new CacheCheck(options.CachePath, (_, _) => true) { LooksBesideRepos = true };
        await check.RunAsync(problems.Add, _ => { }, CancellationToken.None);
        using var repair = new CacheRepair(options, new PollyRetryPolicy(TimeSpan.FromMilliseconds(10)), new Silence());
        await repair.RunAsync(problems, (_, _) => { }, CancellationToken.None);
        return 0;
    }

    private static Dictionary<string, string?> DescribeEnvironment()
    {
        try
        {
            HubOptions options = HubEnvironment.Read();
            return new Dictionary<string, string?> { ["CachePath"] = options.CachePath, ["Token"] = options.Token };
        }
        catch (HubCacheException e)
        {
            return new Dictionary<string, string?> { ["Error"] = e.Code.ToString(), ["Message"] = e.Message };
        }
    }

    private static int Print(Dictionary<string, string?> answer)
    {
        Console.WriteLine(JsonSerializer.Serialize(answer));
        return answer.GetValueOrDefault("Error") is null ? 0 : 1;
    }
}
