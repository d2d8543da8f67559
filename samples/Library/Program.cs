// The engine without PowerShell: dotnet run --project samples/Library -- openai-community/gpt2 config.json
using HubCache;
using HubCache.Retry;

using var downloader = new HubDownloader(HubEnvironment.Read(), new PollyRetryPolicy());
var request = new DownloadRequest { RepoId = RepoId.Parse(args[0]), Files = [.. args[1..].Select(FileSelector.Parse)] };
IReadOnlyList<DownloadOutcome> outcomes = await downloader.DownloadAsync(request, new ConsoleObserver(), CancellationToken.None);
foreach (DownloadOutcome outcome in outcomes)
{
    Console.WriteLine(outcome.File?.FullName ?? outcome.Error!.Message);
}

return outcomes.Any(outcome => outcome.Error is not null) ? 1 : 0;

internal sealed class ConsoleObserver : IDownloadObserver
{
    public void Warn(string message) => Console.Error.WriteLine(message);

    public void Note(string message) => Console.Error.WriteLine(message);

    public void Begin(FileProgress progress) => Console.Error.WriteLine($"{progress.Name}: {progress.Length} bytes");
}
