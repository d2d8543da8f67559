using System.Diagnostics;
using System.Globalization;
using HubCache.Platform;
using Xunit;

namespace HubCache.Tests.Links;

/// <summary>
/// A folder outside the cache that nothing may change, with the names in it that clients look for, and links that lead there.
/// </summary>
internal sealed class Canary
{
    private static readonly string[] Names =
    [
        "main",
        "config.json",
        "model.bin",
        "sub/model.bin",
        "deep/sub/model.bin",
        "a.incomplete",
        "a.tmp",
        "refs/main",
        "blobs/a.incomplete",
        "snapshots/x",
    ];

    private readonly string _folder;
    private string _before;

    public Canary(string folder)
    {
        _folder = folder;
        foreach (string name in Names)
        {
            string path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "canary");
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow - TimeSpan.FromDays(30));
        }

        Disk.OfThisSystem.SetMode(Path.Combine(folder, "main"), 0b110_000_000);
        _before = State();
    }

    public static bool IsRoot => OperatingSystem.IsLinux() && Environment.UserName == "root";

    public void AssertUntouched() => Assert.Equal(_before, State());

    /// <summary>Puts a link to the canary where a folder is or is to be.</summary>
    /// <param name="path">The place; what lies there is removed.</param>
    /// <param name="isForeign">Whether the link is another user's, for which the test has to be root.</param>
    public void Plant(string path, bool isForeign)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.CreateSymbolicLink(path, _folder);
        if (isForeign)
        {
            GiveAway(path);
        }
    }

    /// <summary>Makes a link another user's.</summary>
    public static void GiveAway(string link, int user = 65534)
    {
        using var chown = Process.Start("chown", ["-h", user.ToString(CultureInfo.InvariantCulture), link]);
        chown.WaitForExit();
        Assert.Equal(0, chown.ExitCode);
    }

    /// <summary>Lets a user write in it: what it is kept from then is our care alone, and no mode.</summary>
    public void OpenTo(int user)
    {
        Give(_folder, user);
        _before = State();
    }

    /// <summary>Makes a folder, and all in it, another user's. Links are not followed.</summary>
    public static void Give(string folder, int user)
    {
        using var chown = Process.Start("chown", ["-hR", user.ToString(CultureInfo.InvariantCulture), folder]);
        chown.WaitForExit();
        Assert.Equal(0, chown.ExitCode);
    }

    /// <summary>All that may not change, and no access times.</summary>
    private string State()
    {
        return string.Join('\n', Directory.EnumerateFileSystemEntries(_folder, "*", SearchOption.AllDirectories).Prepend(_folder).Order(
            StringComparer.Ordinal)
            .Select(path => $"{path} {Disk.OfThisSystem.Look(path)!.Value with { Accessed = default }} "
                + $"{(File.Exists(path) ? File.ReadAllText(path) : string.Empty)}"));
    }
}
