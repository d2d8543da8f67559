using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace FakeHub;

/// <summary>Answers with the bytes of a file, or the range asked for, and with the faults that were ordered for them.</summary>
internal sealed class ContentAnswer(Exchange exchange, FileContent content, string etag)
{
    public async Task SendAsync()
    {
        IReadOnlyList<Fault> faults = TakeFaults();
        Fault? Ordered(FaultKind kind) => faults.FirstOrDefault(fault => fault.Kind == kind);

        if (Ordered(FaultKind.Crowded) is Fault crowded)
        {
            await AnswerFaults.ReplaceAsync(exchange, crowded);
            return;
        }
        FileContent shown = content;
        if (Ordered(FaultKind.WrongLength) is Fault wrongLength)
        {
            shown = new ResizedContent(shown, wrongLength.Delta);
        }
        if (Ordered(FaultKind.FlipBit) is Fault flip)
        {
            shown = new FlippedContent(shown, flip.Offset);
        }
        string validator = Ordered(FaultKind.ChangedEtag)?.Value is string changed ? Quoted(changed) : etag;

        (ByteRange range, int status) = Asked(shown.Length, validator, Ordered(FaultKind.IgnoreRange) is not null);
        var response = exchange.Response;
        response.StatusCode = status;
        response.Headers.ETag = validator;
        response.Headers.AcceptRanges = "bytes";
        response.ContentType ??= "application/octet-stream";
        if (status != 200)
        {
            response.Headers.ContentRange = ContentRange(status, range, shown.Length, Ordered(FaultKind.WrongContentRange));
        }
        if (status == 416)
        {
            response.ContentLength = 0;
            return;
        }

        bool gzip = Ordered(FaultKind.ContentEncodingGzip) is not null;
        long extra = Ordered(FaultKind.ExtraBytes)?.Bytes ?? 0;
        if (gzip)
        {
            response.Headers.ContentEncoding = "gzip";
        }
        else if (extra == 0 && Ordered(FaultKind.Chunked) is null)
        {
            response.ContentLength = range.Length;
        }
        if (!exchange.IsHead)
        {
            await new ContentStream(exchange, shown, faults) { Gzip = gzip, ExtraBytes = extra }.SendAsync(range);
        }
    }

    private static string Quoted(string value)
        => value.StartsWith('"') || value.StartsWith("W/", StringComparison.Ordinal) ? value : $"\"{value}\"";

    private static string ContentRange(int status, ByteRange range, long total, Fault? wrong)
    {
        long start = range.Start + (wrong?.Delta ?? 0);
        long end = start + range.Length - 1 + (wrong?.EndDelta ?? 0);
        return status == 416
            ? string.Create(CultureInfo.InvariantCulture, $"bytes */{total}")
            : string.Create(CultureInfo.InvariantCulture, $"bytes {start}-{end}/{total + (wrong?.TotalDelta ?? 0)}");
    }

    private IReadOnlyList<Fault> TakeFaults()
    {
        (ByteRange asked, int status) = Asked(content.Length, etag, ignoreRange: false);
        return status == 416
            ? []
            : [.. exchange.Server.Faults
                .Take(exchange.Entry, fault => fault.ActsOnContent && Reaches(fault, asked))
                .Select(armed => armed.Fault)];
    }

    private static bool Reaches(Fault fault, ByteRange asked) => fault.Kind switch
    {
        FaultKind.FlipBit => fault.Offset >= asked.Start && fault.Offset < asked.Start + asked.Length,
        _ => true,
    };

    private (ByteRange Range, int Status) Asked(long total, string validator, bool ignoreRange)
    {
        string? ifRange = exchange.Entry.IfRange;
        // A weak validator never fits, by RFC 9110; a date neither, since two versions may share it.
        bool stillValid = ifRange is null || (ifRange == validator && !EntityTagHeaderValue.Parse(validator).IsWeak);
        return ByteRange.TryParse(exchange.Entry.Range, total, out ByteRange range) switch
        {
            true when stillValid && !ignoreRange => (range, 206),
            false when stillValid && !ignoreRange => (range, 416),
            _ => (new ByteRange(0, total), 200),
        };
    }
}
