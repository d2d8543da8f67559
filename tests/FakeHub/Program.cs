using System.Globalization;
using System.Text.Json;
using FakeHub;

Dictionary<string, string?> given = [];
for (int i = 0; i < args.Length; i++)
{
    bool hasValue = i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal);
    given[args[i]] = hasValue ? args[++i] : null;
}

string[] known =
[
    "--port", "--storage-port", "--ready-file", "--sample", "--repo-json", "--stop-with-stdin", "--lifetime-seconds",
    "--bytes-per-second", "--total-bytes-per-second", "--latency-ms", "--storage-latency-ms", "--round-trip-ms", "--line-bytes-per-second",
    "--link-seconds", "--missing-repo-404", "--tls-ca-file",
];
if (given.Keys.Except(known).FirstOrDefault() is string unknown)
{
    Console.Error.WriteLine($"Unknown option {unknown}. Known: {string.Join(' ', known)}");
    return 2;
}

double Number(string name, double otherwise)
    => given.GetValueOrDefault(name) is string text ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;

await using FakeHubServer server = await FakeHubServer.StartAsync(new FakeHubOptions
{
    Port = (int)Number("--port", 0),
    StoragePort = (int)Number("--storage-port", 0),
    BytesPerSecondPerConnection = (long)Number("--bytes-per-second", 0),
    TotalBytesPerSecond = (long)Number("--total-bytes-per-second", 0),
    LatencyMilliseconds = (int)Number("--latency-ms", 0),
    StorageLatencyMilliseconds = (int)Number("--storage-latency-ms", 0),
    RoundTripMilliseconds = (int)Number("--round-trip-ms", 0),
    LineBytesPerSecond = (long)Number("--line-bytes-per-second", 0),
    SignedLinkSeconds = Number("--link-seconds", 3600),
    Tls = given.ContainsKey("--tls-ca-file"),
    AnonymousMissingRepoIs404 = given.ContainsKey("--missing-repo-404"),
});
if (given.ContainsKey("--sample"))
{
    Sample.AddTo(server);
}
if (given.GetValueOrDefault("--repo-json") is string repoFile)
{
    foreach (RepoOrder order in JsonSerializer.Deserialize<RepoOrder[]>(File.ReadAllText(repoFile), Json.Options) ?? [])
    {
        order.ApplyTo(server);
    }
}

if (given.GetValueOrDefault("--tls-ca-file") is string authorityFile)
{
    File.WriteAllText(authorityFile, server.Authority!.Pem);
}

string ready = JsonSerializer.Serialize(
    new
    {
        endpoint = server.Endpoint.GetLeftPart(UriPartial.Authority),
        storage = server.StorageOrigin.GetLeftPart(UriPartial.Authority),
        control = $"{server.Endpoint.GetLeftPart(UriPartial.Authority)}/{ControlEndpoints.Prefix}",
    },
    Json.Options);
Console.WriteLine(ready);
if (given.GetValueOrDefault("--ready-file") is string readyFile)
{
    // Whoever polls for the file must never see half of it.
    string temporary = $"{readyFile}.{Environment.ProcessId}.tmp";
    File.WriteAllText(temporary, ready + "\n");
    File.Move(temporary, readyFile, overwrite: true);
}

// A lifetime in any case: a test that was killed must not leave a server behind for good.
Task end = Task.Delay(TimeSpan.FromSeconds(Number("--lifetime-seconds", 3600)));
if (given.ContainsKey("--stop-with-stdin"))
{
    end = Task.WhenAny(end, Console.OpenStandardInput().CopyToAsync(Stream.Null));
}
await end;
return 0;
