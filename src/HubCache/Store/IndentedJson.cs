using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HubCache.Store;

/// <summary>JSON that people read and that is the same on every system: two systems' lock files of one cache do not differ.</summary>
internal static class IndentedJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>UTF-8 without a mark, lines ended by LF. A line break in a text is escaped and stays as it is.</summary>
    public static byte[] Write(JsonNode node)
        => Encoding.UTF8.GetBytes(WithLineFeeds(Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(node, Indented))));

    /// <summary>.NET before 9 ends the lines as the system that runs it does.</summary>
    internal static string WithLineFeeds(string json) => json.Replace("\r\n", "\n", StringComparison.Ordinal);
}
