using System.Globalization;
using Race;

if (ChildOrder.Read(args) is ChildOrder order)
{
    return await order.CarryOutAsync();
}

Options? options = Options.Parse(args);
if (options is null)
{
    return 2;
}

DirectoryInfo folder = Directory.CreateTempSubdirectory("hubcache-race-");
var claims = new Claims();
try
{
    Console.WriteLine("huggingface_hub #4228: on Lustre, GPFS and some NFS mounts flock says yes to everybody.");
    await TellOldStoryAsync();
    foreach (Trouble trouble in Trouble.All.Where(options.Wants))
    {
        await TellOurStoryAsync(trouble);
    }
}
finally
{
    folder.Delete(recursive: true);
}

Console.WriteLine();
Console.WriteLine(claims.AllHold ? "All claims hold." : "NOT all claims hold.");
return claims.AllHold ? 0 : 1;

async Task TellOldStoryAsync()
{
    Headline("The old protocol: two processes share one <etag>.incomplete, and the line of one of them hangs for a while");
    await using Stage stage = await Stage.SetAsync(folder, OldProtocol.FileLength, secondsPerFile: 1);
    Hold slowLine = stage.HoldSlowBytes();
    using var slow = Child.Start(stage.Order(Role.Old) with { File = Stage.SlowName });
    await slowLine.ReachedAsync();
    using var fast = Child.Start(stage.Order(Role.Old));

    await fast.ResultAsync();
    Say($"the fast one publishes:          {stage.DescribeBlob()}");
    slowLine.Release();
    ChildResult late = await slow.ResultAsync();
    Say($"the slow one writes on into it:  {stage.DescribeBlob()}");
    Say($"and only then notices:           {late.Error}");
    claims.Check("the old protocol publishes a corrupt blob", File.Exists(stage.BlobPath) && !stage.IsRight(stage.BlobPath));
}

async Task TellOurStoryAsync(Trouble trouble)
{
    Headline($"Ours, {options.Processes} processes on one file of {options.Megabytes} MB, {options.Locks}: {trouble.Headline}");
    await using Stage stage = await Stage.SetAsync(folder, options.Length, options.Seconds);
    var rounds = new List<Round>();
    for (int number = 1; number <= options.Rounds; number++)
    {
        rounds.Add(await Round.PlayAsync(stage, options, trouble));
        Say($"round {number}: {rounds[^1].Describe()}");
    }

    if (trouble.Kills > 0)
    {
        claims.Check(
            $"{trouble.Kills} leaders were killed in the middle in every round", rounds.TrueForAll(round => round.Killed == trouble.Kills));
    }

    if (trouble.HasSlowWriter)
    {
        claims.Check("the slow writer published over the blob of another in every round", rounds.TrueForAll(round => round.Versions > 1));
    }

    if (trouble.HasPruner)
    {
        claims.Check("temps were deleted under the writers in every round", rounds.TrueForAll(round => round.Pruned > 0));
    }

    claims.Check(
        $"0 corrupt blobs at any instant ({rounds.Sum(round => round.Looks)} looks)", rounds.TrueForAll(round => round.CorruptLooks == 0));
    claims.Check("every survivor returns the right bytes", rounds.TrueForAll(round => round.WrongAnswers.Count == 0));
    rounds.SelectMany(round => round.WrongAnswers).ToList().ForEach(Say);
    if (trouble == Trouble.None)
    {
        string most = rounds.Max(round => round.TimesFetched).ToString("0.000", CultureInfo.InvariantCulture);
        claims.Check(
            $"together they fetch at most 1.2 times the file (the worst round: {most})",
            rounds.TrueForAll(round => round.TimesFetched <= 1.2));
    }

    claims.Check("the next plain run leaves no temp of ours behind", rounds.TrueForAll(round => round.Leftovers == 0));
    claims.Check("the link and the ref are right", rounds.TrueForAll(round => round.AreNamesRight));
}

static void Headline(string text)
{
    Console.WriteLine();
    Console.WriteLine(text);
}

static void Say(string text) => Console.WriteLine($"  {text}");
