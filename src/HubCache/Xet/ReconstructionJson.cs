using System.Text.Json;
using HubCache.Hub;
using HubCache.Names;

namespace HubCache.Xet;

/// <summary>An answer that no service gives. The message says what is wrong, without any text of the answer.</summary>
internal sealed class XetFormatException(string fault) : Exception(fault);

/// <summary>
/// Reads the answer to a reconstruction, of version 2 or 1, and believes nothing of it: all is checked before anything is allocated by it
/// or asked for.
/// </summary>
internal static class ReconstructionJson
{
    /// <summary>The most chunks in a xorb.</summary>
    public const int MostChunks = 8192;

    /// <summary>The most bytes of a stored xorb.</summary>
    public const int MostXorbBytes = 64 << 20;

    /// <summary>Reads an answer.</summary>
    /// <param name="text">JSON; fields that are not known are passed over.</param>
    /// <param name="isOld">Whether it is of version 1.</param>
    /// <param name="asked">The part of the file that was asked for.</param>
    /// <param name="fileLength">Bytes in the whole file.</param>
    /// <exception cref="XetFormatException">It breaks a rule.</exception>
    public static Reconstruction Read(ReadOnlyMemory<byte> text, bool isOld, Extent asked, long fileLength)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            Dictionary<XetHash, List<SignedRange>> xorbs =
                isOld ? OldXorbs(Field(root, "fetch_info", JsonValueKind.Object)) : Xorbs(Field(root, "xorbs", JsonValueKind.Object));
            CheckRanges(xorbs);
            XetTerm[] terms = [.. Field(root, "terms", JsonValueKind.Array).EnumerateArray().Select(Term)];
            long offset = Number(root, "offset_into_first_range", (long)MostChunks * Chunk.MostBytes);
            (Extent part, int count) = CheckLengths(terms, offset, asked, fileLength);
            return new Reconstruction(part, (int)offset, terms[..count], [.. terms.Take(count).Select(term => RangeOf(term, xorbs))]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new XetFormatException("it is no JSON");
        }
    }

    private static XetTerm Term(JsonElement json)
    {
        (int first, int end) = Chunks(Field(json, "range", JsonValueKind.Object));
        long length = Number(json, "unpacked_length", uint.MaxValue);
        return length < end - first || length > (long)(end - first) * Chunk.MostBytes
            ? throw new XetFormatException("a term's length is not one of its chunks")
            : new XetTerm(Hash(Field(json, "hash", JsonValueKind.String).GetString()), first, end, (int)length);
    }

    private static Dictionary<XetHash, List<SignedRange>> Xorbs(JsonElement json)
    {
        Dictionary<XetHash, List<SignedRange>> xorbs = [];
        foreach (JsonProperty xorb in json.EnumerateObject())
        {
            XetHash hash = Hash(xorb.Name);
            List<SignedRange> ranges = [];
            foreach (JsonElement entry in Array(xorb.Value))
            {
                Uri link = Link(entry);
                int before = ranges.Count;
                foreach (JsonElement range in Array(Field(entry, "ranges", JsonValueKind.Array)))
                {
                    ranges.Add(
                        Range(hash, link, Field(range, "chunks", JsonValueKind.Object), Field(range, "bytes", JsonValueKind.Object)));
                    if (ranges.Count > before + 1 && ranges[^1].First < ranges[^2].End)
                    {
                        throw new XetFormatException("ranges of a link are not in their order");
                    }
                }
            }

            Add(xorbs, hash, ranges);
        }

        return xorbs;
    }

    private static Dictionary<XetHash, List<SignedRange>> OldXorbs(JsonElement json)
    {
        Dictionary<XetHash, List<SignedRange>> xorbs = [];
        foreach (JsonProperty xorb in json.EnumerateObject())
        {
            XetHash hash = Hash(xorb.Name);
            Add(xorbs, hash, [.. Array(xorb.Value).Select(
                entry => Range(
                    hash, Link(entry), Field(entry, "range", JsonValueKind.Object), Field(entry, "url_range", JsonValueKind.Object)))]);
        }

        return xorbs;
    }

    private static void Add(Dictionary<XetHash, List<SignedRange>> xorbs, XetHash hash, List<SignedRange> ranges)
    {
        if (!xorbs.TryAdd(hash, ranges))
        {
            throw new XetFormatException("a xorb is named twice");
        }
    }

    private static SignedRange Range(XetHash xorb, Uri link, JsonElement chunks, JsonElement bytes)
    {
        (int first, int end) = Chunks(chunks);
        long start = Number(bytes, "start", MostXorbBytes);
        long last = Number(bytes, "end", MostXorbBytes);
        var extent = new Extent(start, last + 1);
        return extent.Length <= 0 || extent.Length > MostXorbBytes || extent.Length <= (long)(end - first) * Chunk.HeaderSize
            ? throw new XetFormatException("a range has too few or too many bytes for its chunks")
            : new SignedRange(xorb, link, first, end, extent);
    }

    private static (int First, int End) Chunks(JsonElement json)
    {
        long first = Number(json, "start", MostChunks);
        long end = Number(json, "end", MostChunks);
        return first < end ? ((int)first, (int)end) : throw new XetFormatException("a range has no chunk");
    }

    private static void CheckRanges(Dictionary<XetHash, List<SignedRange>> xorbs)
    {
        foreach (List<SignedRange> ranges in xorbs.Values)
        {
            ranges.Sort((one, other) => one.First.CompareTo(other.First));
            for (int i = 1; i < ranges.Count; i++)
            {
                if (ranges[i].First < ranges[i - 1].End || ranges[i].Bytes.Start < ranges[i - 1].Bytes.End)
                {
                    throw new XetFormatException("ranges of a xorb overlap");
                }
            }
        }
    }

    /// <summary>The part of the file that comes of the terms, and how many of them it takes.</summary>
    private static (Extent Part, int Terms) CheckLengths(XetTerm[] terms, long offset, Extent asked, long fileLength)
    {
        if (terms.Length == 0 || offset >= terms[0].Length)
        {
            throw new XetFormatException("its first term does not hold the first byte that was asked for");
        }

        long sum = terms.Sum(term => (long)term.Length) - offset;
        if (asked.Start == 0 && offset == 0 && sum == fileLength)
        {
            // The whole file, although a part was asked for.
            return (new Extent(0, fileLength), terms.Length);
        }

        return sum < asked.Length || sum - terms[^1].Length >= asked.Length
            ? throw new XetFormatException("its terms do not have the length that was asked for")
            : (asked, terms.Length);
    }

    private static SignedRange RangeOf(XetTerm term, Dictionary<XetHash, List<SignedRange>> xorbs)
    {
        if (xorbs.TryGetValue(term.Xorb, out List<SignedRange>? ranges))
        {
            (int low, int high) = (0, ranges.Count);
            while (low < high)
            {
                int middle = (low + high) / 2;
                (low, high) = ranges[middle].End <= term.First ? (middle + 1, high) : (low, middle);
            }

            if (low < ranges.Count && ranges[low].First <= term.First && term.End <= ranges[low].End)
            {
                return ranges[low];
            }
        }

        throw new XetFormatException($"chunks {term.First}-{term.End - 1} of xorb {term.Xorb} lie in none of its ranges");
    }

    private static Uri Link(JsonElement entry)
    {
        // Letter for letter: its signature may be over exactly those.
        string text = Field(entry, "url", JsonValueKind.String).GetString()!;
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? any) && any.Scheme is "http" or "https" && any.UserInfo.Length == 0
            ? HubAddress.Target(any, text) ?? any
            : throw new XetFormatException("a link is no http address");
    }

    private static XetHash Hash(string? text) => XetHash.TryParse(text) ?? throw new XetFormatException("a hash is not 64 hex digits");

    private static JsonElement.ArrayEnumerator Array(JsonElement json)
        => json.ValueKind == JsonValueKind.Array ? json.EnumerateArray() : throw new XetFormatException("a list is missing");

    private static JsonElement Field(JsonElement json, string name, JsonValueKind kind)
    {
        return json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind == kind
            ? value
            : throw new XetFormatException($"'{name}' is missing, or of another kind");
    }

    private static long Number(JsonElement json, string name, long most)
    {
        return Field(json, name, JsonValueKind.Number).TryGetInt64(out long number) && number >= 0 && number <= most
            ? number
            : throw new XetFormatException($"'{name}' is no number from 0 to {most}");
    }
}
