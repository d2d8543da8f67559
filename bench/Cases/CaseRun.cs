using System.Globalization;
using Bench.Contenders;
using Bench.Measuring;

namespace Bench.Cases;

/// <summary>Plays a case: who takes part, the rounds, and what could not be measured.</summary>
internal sealed class CaseRun(DownloadCase plan, Options options, Scratch scratch)
{
    private readonly List<string> _remarks = [];
    private readonly HashSet<string> _failed = [];

    public async Task<CaseResult> PlayAsync(CancellationToken cancellationToken)
    {
        string parent = plan.IsOnDisk ? options.DiskFolder : options.Folder;
        if (WhyNotIn(parent) is string reason)
        {
            return new CaseResult(plan, [], [], [$"Not measured: {reason}."]);
        }

        var place = new Place(scratch.Root(parent), plan);
        try
        {
            using HubProcess hub = await HubProcess.StartAsync(plan.Workload, scratch, cancellationToken);
            return await PlayAsync(new Scene(hub, plan.Workload, options, scratch), place, cancellationToken);
        }
        finally
        {
            place.Delete();
        }
    }

    private async Task<CaseResult> PlayAsync(Scene scene, Place place, CancellationToken cancellationToken)
    {
        bool hasOurs = PowerShell.WhyNot(options) is null;
        if (!hasOurs)
        {
            _remarks.Add($"Ours is left out: {PowerShell.WhyNot(options)}.");
        }

        using PowerShellSession? session = hasOurs ? await PowerShellSession.StartAsync(scene, cancellationToken) : null;
        PowerShellProcess? process = hasOurs ? await PowerShellProcess.PrepareAsync(scene, cancellationToken) : null;
        IReadOnlyList<IContender> peers = await FindPeersAsync(scene, cancellationToken);

        var rounds = new List<Round>();
        for (int number = 0; number <= Math.Max(options.Runs, options.Scale < 1 ? 0 : plan.LeastRuns); number++)
        {
            foreach (IContender? peer in peers.Where(peer => !_failed.Contains(peer.Title)).DefaultIfEmpty())
            {
                var round = new Round(
                    await TryAsync(session, place, number, cancellationToken),
                    peer?.Title,
                    await TryAsync(peer, place, number, cancellationToken),
                    await TryAsync(process, place, number, cancellationToken));
                if (number > 0)
                {
                    // The one before warms up: code, connections, the pages of the memory.
                    rounds.Add(round);
                }
            }
        }

        if (options.WithProfile && session is not null && !_failed.Contains(session.Title))
        {
            await ProfileAsync(scene, session, place, cancellationToken);
        }

        return new CaseResult(
            plan, rounds, [.. new IContender?[] { session, process }.OfType<IContender>()], _remarks)
        { HasFailures = _failed.Count > 0 };
    }

    private async Task<IReadOnlyList<IContender>> FindPeersAsync(Scene scene, CancellationToken cancellationToken)
    {
        var peers = new List<IContender>();
        Add(Curl.WhyNot(), new Curl(scene));
        if (plan.HasHashByHand)
        {
            Add(CurlAndHash.WhyNot(), new CurlAndHash(scene));
        }

        Add(Aria2.WhyNot(), new Aria2(scene));
        if (await PythonClient.FindAsync(scene, cancellationToken) is PythonClient python)
        {
            peers.Add(python);
        }
        else
        {
            _remarks.Add("huggingface_hub is left out: no Python here can import it; --python-path says where it is.");
        }

        return peers;

        void Add(string? whyNot, IContender peer)
        {
            if (whyNot is null)
            {
                peers.Add(peer);
            }
            else
            {
                _remarks.Add($"{peer.Title} is left out: {whyNot}.");
            }
        }
    }

    private async Task<Reading?> TryAsync(IContender? contender, Place place, int round, CancellationToken cancellationToken)
    {
        if (contender is null || _failed.Contains(contender.Title))
        {
            return null;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.MostTime);
        try
        {
            Reading reading = await place.UseAsync(contender.Title, folder => contender.RunAsync(folder, patience.Token));
            await Console.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"  {plan.Letter}{round} {contender.Title}: {reading.Seconds:0.000} s, {reading.PeakBytes / 1e6:0} MB"));
            return reading;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            string reason = e is OperationCanceledException ? $"it took longer than {options.MostTime.TotalSeconds:0} s" : e.Message;
            _failed.Add(contender.Title);
            _remarks.Add($"{contender.Title} failed and is left out from then on: {LastLine(reason)}");
            await Console.Error.WriteLineAsync($"  {_remarks[^1]}");
            return null;
        }
    }

    private async Task ProfileAsync(Scene scene, PowerShellSession session, Place place, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, double> ours = ThreadTimes.Of(session.ProcessId);
        IReadOnlyDictionary<string, double> theirs = ThreadTimes.Of(scene.Hub.ProcessId);
        if (await TryAsync(session, place, options.Runs + 1, cancellationToken) is not null)
        {
            _remarks.Add(
                $"Processor time of the session: {string.Join(", ", ThreadTimes.Difference(ours, ThreadTimes.Of(session.ProcessId)))}.");
            _remarks.Add(
                $"Processor time of the server: {string.Join(", ", ThreadTimes.Difference(theirs, ThreadTimes.Of(scene.Hub.ProcessId)))}.");
        }
    }

    private static string LastLine(string text)
        => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? string.Empty;

    private string? WhyNotIn(string parent)
    {
        if (!Directory.Exists(parent))
        {
            return $"there is no {parent}";
        }

        // As many downloads as stay at one time, or twice one for what is done to the memory before it.
        long needed = plan.Workload.Length * (plan.IsWarm ? 7 : 2);
        var drive = new DriveInfo(parent);
        bool isMemory = drive.DriveFormat == "tmpfs";
        return isMemory == plan.IsOnDisk ? $"{parent} is {(isMemory ? "a" : "no")} tmpfs"
            : drive.AvailableFreeSpace < needed ? $"{parent} has no room for it"
            : null;
    }
}
