using System.Globalization;

namespace HubCache.Tests.Maintenance;

/// <summary>Does random damage to the cache of one repo, always the same for the same seed.</summary>
/// <param name="random">Says what and where.</param>
/// <param name="repo">The repo's folder.</param>
/// <param name="commit">The snapshot that is damaged.</param>
internal sealed class Damage(Random random, string repo, string commit)
{
    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);

    /// <summary>Where something must be found: at one of these paths each.</summary>
    public List<(string What, string[] Places)> Expected { get; } = [];

    /// <summary>The blobs whose bytes have to come again.</summary>
    public HashSet<string> Lost { get; } = new(StringComparer.Ordinal);

    public void Do()
    {
        switch (random.Next(10))
        {
            case 0 or 1:
                FlipABit();
                break;
            case 2 or 3:
                ChangeALength();
                break;
            case 4 or 5:
                SpoilALink();
                break;
            case 6:
                SpoilTheRef();
                break;
            case 7:
                LoseABlob();
                break;
            case 8:
                LeaveAForeignFile();
                break;
            default:
                ForbidSomething();
                break;
        }
    }

    private void FlipABit()
    {
        (_, string blob) = Pick();
        byte[] bytes = File.ReadAllBytes(blob);
        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        File.WriteAllBytes(blob, bytes);
        Lose(blob, "a bit");
    }

    private void ChangeALength()
    {
        (_, string blob) = Pick();
        using FileStream file = File.OpenWrite(blob);
        file.SetLength(random.Next(3) switch { 0 => 0, 1 => file.Length - 1, _ => file.Length + random.Next(1, 100) });
        Lose(blob, "a length");
    }

    private void LoseABlob()
    {
        (string link, string blob) = Pick();
        File.Delete(blob);
        Lost.Add(Path.GetFileName(blob));
        Expected.Add(("a missing blob", [link]));
    }

    private void SpoilALink()
    {
        (string link, string blob) = Pick();
        string target = new FileInfo(link).LinkTarget!;
        File.Delete(link);
        int how = random.Next(7);
        switch (how)
        {
            case 0:
                break;
            case 1:
                File.CreateSymbolicLink(link, Path.Combine(Path.GetDirectoryName(target)!, Path.GetFileName(Pick().Blob)));
                break;
            case 2:
                File.CreateSymbolicLink(link, blob);
                break;
            case 3:
                File.CreateSymbolicLink(link, "../" + target);
                break;
            case 4:
                File.CreateSymbolicLink(link, "/etc/hostname");
                break;
            case 5:
                Directory.CreateDirectory(link);
                break;
            default:
                File.WriteAllText(link, "edited by hand");
                break;
        }

        Expected.Add((string.Create(CultureInfo.InvariantCulture, $"link {how}"), [link]));
    }

    private void SpoilTheRef()
    {
        string path = Path.Combine(repo, "refs", "main");
        if (!_touched.Add(path))
        {
            FlipABit();
            return;
        }

        File.Delete(path);
        int how = random.Next(7);
        switch (how)
        {
            case 0:
                File.WriteAllText(path, string.Empty);
                break;
            case 1:
                File.WriteAllText(path, "no commit");
                break;
            case 2:
                File.WriteAllText(path, new string('d', 40));
                break;
            case 3:
                File.WriteAllText(path, commit + "\n");
                break;
            case 4:
                File.WriteAllText(path, commit + new string(' ', 5000));
                break;
            case 5:
                File.CreateSymbolicLink(path, "dev");
                break;
            default:
                Directory.CreateDirectory(path);
                break;
        }

        Expected.Add((string.Create(CultureInfo.InvariantCulture, $"ref {how}"), [path]));
    }

    private void LeaveAForeignFile()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"foreign{random.Next(1_000_000)}");
        string path = Path.Combine(repo, random.Next(7) switch
        {
            0 => "blobs",
            1 => "refs",
            2 => "snapshots",
            3 => Path.Combine("snapshots", commit),
            4 => "trees",
            5 => Path.Combine(".no_exist", commit),
            _ => string.Empty,
        }, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "a stranger's");
        Expected.Add(("a foreign file", [path]));
    }

    private void ForbidSomething()
    {
        (string link, string blob) = Pick();
        string path = random.Next(2) == 0 ? blob : Path.GetDirectoryName(link)!;
        Mode.Set(path, path == blob ? UnixFileMode.None : UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Expected.Add(("a permission", [path]));
    }

    private void Lose(string blob, string what)
    {
        Lost.Add(Path.GetFileName(blob));
        Expected.Add((what, [blob]));
    }

    /// <summary>A file that nothing has been done to.</summary>
    private (string Link, string Blob) Pick()
    {
        string[] links = [.. Directory.EnumerateFileSystemEntries(Path.Combine(repo, "snapshots", commit), "*", SearchOption.AllDirectories)
            .Where(path => new FileInfo(path).LinkTarget?.StartsWith("../", StringComparison.Ordinal) == true
                && !_touched.Contains(path)).Order(StringComparer.Ordinal)];
        string link = links[random.Next(links.Length)];
        _touched.Add(link);
        return (link, Path.Combine(repo, "blobs", Path.GetFileName(new FileInfo(link).LinkTarget!)));
    }
}
