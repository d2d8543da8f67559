using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace FakeHub;

/// <summary>Xet beside the Hub: tokens from the Hub, reconstructions from the service, chunks from the storage.</summary>
internal static class XetEndpoints
{
    /// <summary>The service lies on the second origin too, in a folder of its own: what it is shown must not be the Hub's token.</summary>
    public const string Service = "_cas";

    private const string Storage = "_xorbs";

    public static bool IsOne(IReadOnlyList<string> segments) => segments[0] is Service or Storage;

    /// <summary><c>api/models/id/xet-read-token/commit</c></summary>
    public static Task SendTokenAsync(Exchange exchange)
    {
        XetStore store = exchange.Server.Xet;
        string token = "xet_" + Hex.Of(RandomNumberGenerator.GetBytes(24));
        store.Tokens[token] = true;
        long until = DateTimeOffset.UtcNow.AddSeconds(store.TokenSeconds).ToUnixTimeSeconds();
        string service = $"{exchange.Server.StorageOrigin.GetLeftPart(UriPartial.Authority)}/{Service}";
        var headers = exchange.Response.Headers;
        headers["X-Xet-Access-Token"] = token;
        headers["X-Xet-Token-Expiration"] = until.ToString(CultureInfo.InvariantCulture);
        headers["X-Xet-Cas-Url"] = service;
        return exchange.SendJsonAsync(new { accessToken = token, exp = until, casUrl = service });
    }

    public static Task HandleAsync(Exchange exchange)
        => exchange.Segments[0] == Service ? ReconstructAsync(exchange) : SendChunksAsync(exchange);

    private static Task ReconstructAsync(Exchange exchange)
    {
        XetStore store = exchange.Server.Xet;
        exchange.Response.Headers["X-Request-Id"] = Hex.Of(RandomNumberGenerator.GetBytes(8));
        bool isOld = exchange.Segments.ElementAtOrDefault(1) == "v1";
        if (exchange.Request.Method != "GET"
            || exchange.Segments.Count != 4
            || exchange.Segments[1] is not ("v1" or "v2")
            || exchange.Segments[2] != "reconstructions")
        {
            return exchange.SendTextAsync(404, "Not found");
        }
        if (!store.Tokens.ContainsKey(exchange.Entry.Token ?? ""))
        {
            return exchange.SendTextAsync(401, "Unauthorized");
        }
        if (!isOld && store.StatusOfV2 != 0)
        {
            return exchange.SendTextAsync(store.StatusOfV2, "No such version");
        }
        if (store.Find(exchange.Segments[3]) is not FakeXetFile file)
        {
            return exchange.SendTextAsync(404, "No such file");
        }
        if (ByteRange.TryParse(exchange.Entry.Range, file.Length, out ByteRange range) == false)
        {
            return exchange.SendTextAsync(416, "Range not satisfiable");
        }
        string json = XetAnswer.For(exchange.Server, file, range, isOld);
        return exchange.SendAsync(200, "application/json", store.Rewrite?.Invoke(json) ?? json);
    }

    /// <summary>Whole ranges of a link only, one at a time or all of them, and no token.</summary>
    private static async Task SendChunksAsync(Exchange exchange)
    {
        string? signed = exchange.Request.Query["X-Xet-Signed-Range"];
        string hash = exchange.Segments[^1];
        if (exchange.Server.Xet.FindXorb(hash) is not FakeXorb xorb)
        {
            await RefuseAsync(exchange, 404, "NoSuchKey", "The specified key does not exist.");
        }
        else if (exchange.Entry.HasAuthorization)
        {
            await RefuseAsync(exchange, 400, "InvalidArgument", "Only one auth mechanism allowed");
        }
        else if (exchange.Request.Query["Signature"] != Sign(exchange.Server, hash, signed, exchange.Request.Query["Expires"]))
        {
            await RefuseAsync(exchange, 403, "SignatureDoesNotMatch", "The signature does not match.");
        }
        else if (long.Parse(exchange.Request.Query["Expires"]!, CultureInfo.InvariantCulture) <= DateTimeOffset.UtcNow.ToUnixTimeSeconds())
        {
            await RefuseAsync(exchange, 403, "AccessDenied", "Request has expired");
        }
        else if (Asked(exchange.Entry.Range) is not { } asked || asked.Except(Asked(signed)!).Any())
        {
            await RefuseAsync(exchange, 403, "AccessDenied", "The range is not the signed one.");
        }
        else
        {
            await SendAsync(exchange, xorb, asked);
        }
    }

    private static async Task SendAsync(Exchange exchange, FakeXorb xorb, string[] asked)
    {
        if (asked.Length == 1)
        {
            await new ContentAnswer(exchange, new BytesContent(xorb.Bytes), $"\"{xorb.Hash[..32]}\"").SendAsync();
            return;
        }

        const string Boundary = "fakehub-xet";
        using var body = new MemoryStream();
        foreach (string range in asked)
        {
            long[] ends = [.. range.Split('-').Select(end => long.Parse(end, CultureInfo.InvariantCulture))];
            body.Write(Encoding.ASCII.GetBytes(
                $"--{Boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes {range}/{xorb.Bytes.Length}\r\n\r\n"));
            body.Write(xorb.Bytes, (int)ends[0], (int)(ends[1] - ends[0] + 1));
            body.Write("\r\n"u8);
        }

        body.Write(Encoding.ASCII.GetBytes($"--{Boundary}--\r\n"));
        exchange.Response.StatusCode = 206;
        exchange.Response.ContentType = $"multipart/byteranges; boundary={Boundary}";
        exchange.Response.ContentLength = body.Length;
        exchange.Entry.End();
        await exchange.Response.Body.WriteAsync(body.ToArray(), exchange.Gone);
        exchange.Entry.AddBodyBytes(body.Length);
    }

    public static string Link(FakeHubServer server, string hash, string signed)
    {
        string expires =
            DateTimeOffset.UtcNow.AddSeconds(server.Xet.LinkSeconds).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        string file = $"{server.StorageOrigin.GetLeftPart(UriPartial.Authority)}/{Storage}/default/{hash}";
        return $"{file}?X-Xet-Signed-Range={Uri.EscapeDataString(signed)}&Expires={expires}"
            + $"&Policy=all&Signature={Sign(server, hash, signed, expires)}&Key-Pair-Id=FAKE";
    }

    private static string[]? Asked(string? header)
        => header?.StartsWith("bytes=", StringComparison.Ordinal) == true
            ? header["bytes=".Length..].Split(',', StringSplitOptions.TrimEntries)
            : null;

    private static string Sign(FakeHubServer server, string hash, string? signed, string? expires)
        => Hex.Of(HMACSHA256.HashData(server.XetKey, Encoding.UTF8.GetBytes($"{hash}\n{signed}\n{expires}")));

    private static Task RefuseAsync(Exchange exchange, int status, string code, string message) => exchange.SendAsync(
        status,
        "application/xml",
        $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>");
}

/// <summary>The JSON of a reconstruction.</summary>
internal static class XetAnswer
{
    private sealed record Run(int Start, int End);

    private sealed record TermJson(
        string Hash, [property: System.Text.Json.Serialization.JsonPropertyName("unpacked_length")] long UnpackedLength, Run Range);

    public static string For(FakeHubServer server, FakeXetFile file, ByteRange range, bool isOld)
    {
        (List<FakeTerm> terms, long offset) = Cut(server.Xet, file, range);
        Dictionary<FakeXorb, List<Run>> runs = terms.GroupBy(term => term.Xorb).ToDictionary(group => group.Key, Merge);
        var shown = terms.Select(term => new TermJson(term.Xorb.Hash, term.Length, new Run(term.First, term.End)));
        return isOld
            ? JsonSerializer.Serialize(new
            {
                offset_into_first_range = offset,
                terms = shown,
                fetch_info = runs.ToDictionary(
                one => one.Key.Hash, one => Old(server, one.Key, one.Value))
            }, Json.Options)
            : JsonSerializer.Serialize(new
            {
                offset_into_first_range = offset,
                terms = shown,
                xorbs = runs.ToDictionary(
                one => one.Key.Hash, one => New(server, one.Key, one.Value))
            }, Json.Options);
    }

    /// <summary>The terms of a part of a file; their ends cut to chunks, unless the store does not trim.</summary>
    private static (List<FakeTerm> Terms, long Offset) Cut(XetStore store, FakeXetFile file, ByteRange range)
    {
        List<FakeTerm> terms = [];
        long offset = 0;
        long start = 0;
        long end = range.Start + range.Length;
        foreach (FakeTerm term in file.Terms)
        {
            (int first, int last, long at) = (-1, term.First, start);
            for (int chunk = term.First; chunk < term.End; chunk++)
            {
                long next = at + term.Xorb.Chunks[chunk].Length;
                if (next > range.Start && at < end)
                {
                    if (first < 0)
                    {
                        first = chunk;
                        offset = terms.Count == 0 ? range.Start - (store.Trims ? at : start) : offset;
                    }
                    last = chunk + 1;
                }
                at = next;
            }
            if (first >= 0)
            {
                terms.Add(store.Trims ? term with { First = first, End = last } : term);
            }
            start = at;
        }
        return (terms, offset);
    }

    private static List<Run> Merge(IEnumerable<FakeTerm> terms)
    {
        List<Run> merged = [];
        foreach (FakeTerm term in terms.OrderBy(term => term.First))
        {
            if (merged.Count > 0 && term.First <= merged[^1].End)
            {
                merged[^1] = merged[^1] with { End = Math.Max(merged[^1].End, term.End) };
            }
            else
            {
                merged.Add(new Run(term.First, term.End));
            }
        }
        return merged;
    }

    private static object New(FakeHubServer server, FakeXorb xorb, List<Run> runs) => runs.Chunk(server.Xet.RangesOfLink).Select(some => new
    {
        url = XetEndpoints.Link(
            server,
            xorb.Hash,
            "bytes=" + string.Join(',', some.Select(run => Bytes(xorb, run)).Select(bytes => $"{bytes.Start}-{bytes.End}"))),
        ranges = some.Select(run => new { chunks = run, bytes = new { start = Bytes(xorb, run).Start, end = Bytes(xorb, run).End } }),
    });

    private static object Old(FakeHubServer server, FakeXorb xorb, List<Run> runs) => runs.Select(run => new
    {
        range = run,
        url = XetEndpoints.Link(server, xorb.Hash, $"bytes={Bytes(xorb, run).Start}-{Bytes(xorb, run).End}"),
        url_range = new { start = Bytes(xorb, run).Start, end = Bytes(xorb, run).End },
    });

    /// <summary>Both inclusive.</summary>
    private static (long Start, long End) Bytes(FakeXorb xorb, Run run) => (xorb.StartOf(run.Start), xorb.StartOf(run.End) - 1);
}
