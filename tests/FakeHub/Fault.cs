using System.Globalization;

namespace FakeHub;

public enum FaultKind
{
    Delay,
    Barrier,
    Status,
    HtmlPage,
    Redirect,
    RedirectLoop,
    HeaderOverride,
    ResetAfter,
    ShortBody,
    Stall,
    Drip,
    Throttle,
    FlipBit,
    WrongLength,
    ExtraBytes,
    IgnoreRange,
    WrongContentRange,
    ContentEncodingGzip,
    Chunked,
    ChangedEtag,
    Crowded,
}

/// <summary>
/// A fault to order: which requests it hits, how often, and what it does. Made by one of the factories below and narrowed with
/// <c>with { PathContains = …, Times = … }</c>. The kinds from <see cref="FaultKind.ResetAfter"/> on act on the bytes of a file:
/// they hit a GET that sends such bytes and nothing else, so neither a HEAD nor a 302 uses them up (unless Method asks for HEAD).
/// </summary>
public sealed record Fault
{
    public required FaultKind Kind { get; init; }

    public Origin? Origin { get; init; }

    public string? Method { get; init; }

    /// <summary>Looked for in the path as sent and in the unescaped path.</summary>
    public string? PathContains { get; init; }

    /// <summary>Applied to the path and query as sent.</summary>
    public string? PathRegex { get; init; }

    /// <summary>Hits only a request that asks for a range that starts here or later.</summary>
    public long? RangeStartAtLeast { get; init; }

    /// <summary>How many matching requests get through first.</summary>
    public int Skip { get; init; }

    /// <summary>How often it fires; -1 is always. Once if not said, but always for Barrier, RedirectLoop and Crowded.</summary>
    public int? Times { get; init; }

    public long Bytes { get; init; }

    /// <summary>Null is forever.</summary>
    public double? Seconds { get; init; }

    public int Milliseconds { get; init; }

    public long BytesPerSecond { get; init; }

    /// <summary>A byte of the file, whatever range is asked for. For a Stall, above 0, in place of Bytes.</summary>
    public long Offset { get; init; }

    public long Delta { get; init; }

    public long TotalDelta { get; init; }

    public long EndDelta { get; init; }

    public int Count { get; init; }

    public int StatusCode { get; init; }

    /// <summary>Null removes a header.</summary>
    public IReadOnlyDictionary<string, string?>? Headers { get; init; }

    public string? Body { get; init; }

    public string? Value { get; init; }

    public string? Location { get; init; }

    internal bool ActsOnContent => Kind >= FaultKind.ResetAfter;

    internal int EffectiveTimes => Times ?? (Kind is FaultKind.Barrier or FaultKind.RedirectLoop or FaultKind.Crowded ? -1 : 1);

    /// <summary>Waits before the headers.</summary>
    public static Fault Delay(int milliseconds) => new() { Kind = FaultKind.Delay, Milliseconds = milliseconds };

    /// <summary>Holds requests until <paramref name="count"/> of them are there or one has waited too long; then it stays open.</summary>
    public static Fault Barrier(int count, double timeoutSeconds = 30)
        => new() { Kind = FaultKind.Barrier, Count = count, Seconds = timeoutSeconds };

    public static Fault Status(int code, IReadOnlyDictionary<string, string?>? headers = null, string? body = null)
        => new() { Kind = FaultKind.Status, StatusCode = code, Headers = headers, Body = body };

    /// <summary>200 and a page of HTML, as a captive portal answers.</summary>
    public static Fault HtmlPage() => new() { Kind = FaultKind.HtmlPage };

    public static Fault Redirect(string location, int code = 302)
        => new() { Kind = FaultKind.Redirect, Location = location, StatusCode = code };

    /// <summary>302 to the very address that was asked for.</summary>
    public static Fault RedirectLoop() => new() { Kind = FaultKind.RedirectLoop };

    /// <summary>
    /// Sets headers of the answer, or removes those whose value is null. A Content-Length that does not fit is for HEAD only:
    /// the server would not send such a body; ShortBody, WrongLength and ExtraBytes are for that.
    /// </summary>
    public static Fault HeaderOverride(IReadOnlyDictionary<string, string?> headers)
        => new() { Kind = FaultKind.HeaderOverride, Headers = headers };

    public static Fault HeaderOverride(string name, string? value)
        => HeaderOverride(new Dictionary<string, string?> { [name] = value });

    /// <summary>Lets so many bytes of the body arrive, then cuts the connection with an RST.</summary>
    public static Fault ResetAfter(long bytes) => new() { Kind = FaultKind.ResetAfter, Bytes = bytes };

    /// <summary>
    /// Closes in good order after so many bytes, whatever Content-Length promised; a chunked body ends there as if complete.
    /// </summary>
    public static Fault ShortBody(long bytes) => new() { Kind = FaultKind.ShortBody, Bytes = bytes };

    /// <summary>Falls silent after so many bytes, then goes on; without seconds it never does.</summary>
    public static Fault Stall(long afterBytes, double? seconds = null)
        => new() { Kind = FaultKind.Stall, Bytes = afterBytes, Seconds = seconds };

    /// <summary>Falls silent at a byte of the file, in every answer that comes to it or begins behind it.</summary>
    public static Fault StallAt(long offset) => new() { Kind = FaultKind.Stall, Offset = offset, Times = -1 };

    /// <summary>Few bytes at a time, five times a second.</summary>
    public static Fault Drip(long bytesPerSecond) => new() { Kind = FaultKind.Drip, BytesPerSecond = bytesPerSecond };

    /// <summary>A slow but steady connection.</summary>
    public static Fault Throttle(long bytesPerSecond)
        => new() { Kind = FaultKind.Throttle, BytesPerSecond = bytesPerSecond };

    /// <summary>Turns the lowest bit of the byte at this offset of the file; hits only an answer that contains it.</summary>
    public static Fault FlipBit(long offset) => new() { Kind = FaultKind.FlipBit, Offset = offset };

    /// <summary>The file is shorter or longer by so much, and every header agrees with that.</summary>
    public static Fault WrongLength(long delta) => new() { Kind = FaultKind.WrongLength, Delta = delta };

    /// <summary>So many bytes follow the content; chunked, so that no header gives it away.</summary>
    public static Fault ExtraBytes(long count) => new() { Kind = FaultKind.ExtraBytes, Bytes = count };

    /// <summary>200 with the whole file, whatever range was asked for.</summary>
    public static Fault IgnoreRange() => new() { Kind = FaultKind.IgnoreRange };

    /// <summary>The bytes asked for, under a Content-Range that says otherwise.</summary>
    /// <param name="startDelta">Moves the whole range.</param>
    /// <param name="totalDelta">Changes the length of the file.</param>
    /// <param name="endDelta">Moves the end of the range alone.</param>
    public static Fault WrongContentRange(long startDelta, long totalDelta = 0, long endDelta = 0)
        => new() { Kind = FaultKind.WrongContentRange, Delta = startDelta, TotalDelta = totalDelta, EndDelta = endDelta };

    /// <summary>A gzip body, although identity was asked for.</summary>
    public static Fault ContentEncodingGzip() => new() { Kind = FaultKind.ContentEncodingGzip };

    /// <summary>No Content-Length.</summary>
    public static Fault Chunked() => new() { Kind = FaultKind.Chunked };

    /// <summary>
    /// Another validator than before; an If-Range with the old one therefore gets the whole file. Quotes are added if missing.
    /// </summary>
    public static Fault ChangedEtag(string value) => new() { Kind = FaultKind.ChangedEtag, Value = value };

    /// <summary>
    /// While so many bodies are on their way to requests that it fits, another such request is refused, and told when to come again.
    /// </summary>
    public static Fault Crowded(int bodiesAtOnce, int code = 503, int retryAfterSeconds = 1) => new()
    {
        Kind = FaultKind.Crowded,
        Count = bodiesAtOnce,
        StatusCode = code,
        Headers = new Dictionary<string, string?> { ["Retry-After"] = retryAfterSeconds.ToString(CultureInfo.InvariantCulture) },
    };
}
