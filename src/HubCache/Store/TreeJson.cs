using System.Text.Json;
using System.Text.Json.Nodes;
using HubCache.Names;

namespace HubCache.Store;

/// <summary>
/// The form in which huggingface_hub keeps the tree of a commit (its <c>_tree_cache.py</c>): JSON, version 1, files by their path.
/// </summary>
internal static class TreeJson
{
    private const int Version = 1;

    public static byte[] Write(IEnumerable<TreeEntry> entries)
    {
        var files = new JsonObject();
        foreach (TreeEntry entry in entries.OrderBy(entry => entry.Path, StringComparer.Ordinal))
        {
            var file = new JsonObject { ["size"] = entry.Size, ["blob_id"] = entry.BlobId.Value };
            if (entry.LfsSha256 is ETag sha256)
            {
                file["lfs_sha256"] = sha256.Value;
                file["lfs_size"] = entry.LfsSize;
            }

            if (entry.XetHash is not null)
            {
                file["xet_hash"] = entry.XetHash;
            }

            files[entry.Path] = file;
        }

        return IndentedJson.Write(new JsonObject { ["format_version"] = Version, ["files"] = files });
    }

    /// <summary>The files in the order of their paths; null when the text is anything but a whole tree of this version.</summary>
    public static IReadOnlyList<TreeEntry>? Read(ReadOnlyMemory<byte> text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            if (root.GetProperty("format_version").GetInt32() != Version)
            {
                return null;
            }

            List<TreeEntry> entries =
                [.. root.GetProperty("files").EnumerateObject().Select(Read).OrderBy(entry => entry.Path, StringComparer.Ordinal)];
            return entries.DistinctBy(entry => entry.Path).Count() < entries.Count ? null : entries;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The version of a tree that is of another than ours; null for any other text.</summary>
    public static int? UnknownVersion(ReadOnlyMemory<byte> text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            int version = document.RootElement.GetProperty("format_version").GetInt32();
            return version > Version ? version : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    /// <exception cref="FormatException">It is not whole.</exception>
    private static TreeEntry Read(JsonProperty file)
    {
        string? sha256 = Optional(file.Value, "lfs_sha256")?.GetString();
        var entry = new TreeEntry(
            file.Name,
            ETag.TryParse(file.Value.GetProperty("blob_id").GetString())!,
            file.Value.GetProperty("size").GetInt64(),
            ETag.TryParse(sha256),
            Optional(file.Value, "lfs_size")?.GetInt64(),
            Optional(file.Value, "xet_hash")?.GetString());
        bool isWhole = entry is { BlobId.IsSha256: false, Size: >= 0 }
            && (sha256 is null ? entry.LfsSize is null : entry is { LfsSha256.IsSha256: true, LfsSize: >= 0 })
            && (entry.XetHash is null || TreeEntry.IsXetHash(entry.XetHash));
        return isWhole ? entry : throw new FormatException();
    }

    private static JsonElement? Optional(JsonElement json, string name)
        => json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
