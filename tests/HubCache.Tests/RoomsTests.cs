using System.Text.RegularExpressions;
using Xunit;

namespace HubCache.Tests;

/// <summary>The folders of the engine are rooms, and arrows between rooms point down only (docs/design.md, "The rooms").</summary>
public sealed partial class RoomsTests
{
    // A room may use those below it, and none on its own floor. The first is the face, in the folder itself.
    private static readonly string[][] Floors =
    [
        [""], ["Maintenance"], ["Download"], ["Destination"], ["Resolving"], ["Xet"], ["Transfer"], ["Hub", "Blobs"],
        ["Store"], ["Ownership"], ["Platform"], ["Model"], ["Names"],
    ];

    [Fact]
    public void ArrowsPointDownOnly()
    {
        string source = Path.Combine(Checkout(), "src", "HubCache");
        (string Room, string File)[] files = [.. Directory.GetFiles(source, "*.cs", SearchOption.AllDirectories)
            .Select(file =>
                (Path.GetRelativePath(source, file).Split(Path.DirectorySeparatorChar) is [string room, _, ..] ? room : string.Empty, file))
            .Where(found => found.Item1 is not ("bin" or "obj"))];

        Assert.InRange(files.Length, 250, int.MaxValue);
        Assert.Equal(
            [], files.SelectMany(found => WrongArrows(found.Room, File.ReadAllText(found.File)).Select(room => $"{found.File} -> {room}")));
    }

    [Theory]
    [InlineData("Blobs", "using HubCache.Hub;", 1)]
    [InlineData("Names", "using HubCache.Platform.Unix;", 1)]
    [InlineData("Maintenance", "using HubCache.Maintenance.Removing;\nusing static HubCache.Store.RefFile;", 0)]
    [InlineData("Platform", "        HubCache.Store.RefFile? file = null;", 1)]
    public void AWrongArrowIsSeen(string room, string code, int wrong) => Assert.Equal(wrong, WrongArrows(room, code).Count());

    private static IEnumerable<string> WrongArrows(string room, string code)
        => Uses().Matches(code).Select(use => use.Groups["room"].Value).Where(used => used != room && FloorOf(used) <= FloorOf(room));

    private static int FloorOf(string room)
    {
        int floor = Array.FindIndex(Floors, floor => floor.Contains(room));
        return floor >= 0 ? floor : throw new ArgumentException($"'{room}' is in no table of rooms.", nameof(room));
    }

    private static string Checkout()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "HubCache.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }

    [GeneratedRegex(
        @"\bHubCache\.(?<room>Blobs|Destination|Download|Hub|Maintenance|Model|Names|Ownership|Platform|Resolving|Store|Transfer|Xet)\b",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Uses();
}
