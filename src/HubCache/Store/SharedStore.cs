using System.Security.Cryptography;
using System.Text.RegularExpressions;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Store;

/// <summary>
/// The store that huggingface_hub 1.32 and later shares between repos: <c>blobs/&lt;2 hex&gt;/&lt;xet hash&gt;</c> at the root of the
/// cache, to which a repo's <c>blobs/&lt;etag&gt;</c> links. The file <c>&lt;xet hash&gt;.refs</c> beside it names those links, one a line,
/// relative to the root; a hint, of which only lines that hold count.
/// </summary>
internal sealed partial class SharedStore(Disk disk, string cachePath)
{
    private const string Marker = ".huggingface-shared-blobs";
    private const string Layout = "1\n";
    private const string ManifestSuffix = ".refs";
    private const int LongestManifest = 16 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly string _root = Path.Combine(cachePath, "blobs");

    /// <summary>Whether there is a store, of the one layout that is known.</summary>
    public bool IsThere
    {
        get
        {
            try
            {
                return disk.Look(_root) is { Kind: FileKind.Folder }
                    && SmallText.Read(disk, Path.Combine(_root, Marker), Layout.Length) == Layout;
            }
            catch (DiskException)
            {
                return false;
            }
        }
    }

    /// <summary>The file in the store that a repo's blob links to; null when it is no such link.</summary>
    public string? Target(string blob)
    {
        if (disk.ReadLink(blob) is not string target)
        {
            return null;
        }

        string path = Path.GetFullPath(target, Path.GetDirectoryName(blob)!);
        return IsPlace(path) ? path : null;
    }

    /// <summary>
    /// A copy of the store's file for a Xet hash, as a temp of ours: clone or copy, never a link, since nothing would protect that. Null
    /// when there is none.
    /// </summary>
    /// <param name="xetHash">64 hex digits.</param>
    /// <param name="length">Bytes that it has to have.</param>
    /// <param name="newTemp">Makes the temp.</param>
    public Temp? Copy(string xetHash, long length, Func<Temp> newTemp)
    {
        string path = Path.Combine(_root, xetHash[..2], xetHash);
        Temp? copy = null;
        try
        {
            if (IsThere && disk.Look(path) is { Kind: FileKind.File } facts && facts.Length == length)
            {
                using SafeFileHandle source = disk.OpenForReading(path, followLink: false);
                copy = newTemp();
                copy.Reserve(length);
                copy.CopyFrom(source, path);
                if (copy.Length == length)
                {
                    return copy;
                }
            }
        }
        catch (DiskException)
        {
            // It is fetched instead.
        }

        copy?.Dispose();
        return null;
    }

    /// <summary>
    /// The repos' blobs that link to a file of the store, as far as its manifest says and it is so; null when there is no telling.
    /// </summary>
    public IReadOnlyList<string>? References(string file)
    {
        try
        {
            string? text = SmallText.Read(disk, file + ManifestSuffix, LongestManifest);
            return text is null ? null :
            [
                .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                    .Where(line => Line().IsMatch(line) && !line.Contains("/../", StringComparison.Ordinal))
                    .Distinct()
                    .Select(line => Path.Combine([cachePath, .. line.Split('/')]))
                    .Where(blob => disk.Look(blob) is { Kind: FileKind.Link } && Target(blob) == file),
            ];
        }
        catch (DiskException)
        {
            return null;
        }
    }

    /// <summary>The files of the store whose manifest names a blob of the repo, whether it is still there or not.</summary>
    public IEnumerable<string> NamedBy(RepoPaths folder)
    {
        foreach (string shelf in disk
            .List(_root)
            .Where(name => Shelf().IsMatch(name))
            .Order(StringComparer.Ordinal)
            .Select(name => Path.Combine(_root, name)))
        {
            foreach (string name in disk.Look(shelf) is { Kind: FileKind.Folder } ? disk.List(shelf) : [])
            {
                string file = Path.Combine(shelf, name[..^Math.Min(name.Length, ManifestSuffix.Length)]);
                if (name.EndsWith(ManifestSuffix, StringComparison.Ordinal) && IsPlace(file) && Names(file, folder))
                {
                    yield return file;
                }
            }
        }
    }

    /// <summary>
    /// Removes what is gone from a file's manifest, and the file when its manifest is empty. Whatever is doubtful stays.
    /// </summary>
    /// <returns>Bytes that came free, and why the file stays although nobody is known to use it; null when there is nothing to
    /// say.</returns>
    /// <exception cref="DiskException">It could not be removed.</exception>
    public (long Freed, string? Doubt) Sweep(string file)
    {
        if (!IsThere)
        {
            return (0, "the store has no mark of a layout that is known");
        }

        using SafeFileHandle? held = Lock(file + ".lock");
        return held is null ? (0, "its lock was not to be had")
            : References(file) is not { } references ? (0, "its list of references is missing or cannot be read")
            : references.Count > 0 ? Strike(file, references)
            : disk.Look(file) is { Kind: FileKind.File } facts ? Remove(file, facts) : (0, null);
    }

    private (long Freed, string? Doubt) Remove(string file, FileFacts facts)
    {
        disk.Delete(file);
        disk.Delete(file + ManifestSuffix);
        return (facts.Links == 1 ? facts.Length : 0, null);
    }

    private (long Freed, string? Doubt) Strike(string file, IReadOnlyList<string> references)
    {
        string manifest = file + ManifestSuffix;
        string text = string.Concat(references
            .Select(blob => Path.GetRelativePath(cachePath, blob).Replace(Path.DirectorySeparatorChar, '/'))
            .Order(StringComparer.Ordinal)
            .Select(line => line + "\n"));
        if (SmallText.Read(disk, manifest, LongestManifest) == text)
        {
            return (0, null);
        }

        string temp = $"{manifest}.{Convert.ToHexString(RandomNumberGenerator.GetBytes(4)).ToLowerInvariant()}.tmp";
        try
        {
            using (SafeFileHandle made = disk.CreateNew(temp))
            {
                SmallText.Write(disk, made, text, temp);
                disk.LetGroupWrite(made);
                disk.Flush(made, temp);
            }

            disk.Rename(temp, manifest);
        }
        catch (DiskException)
        {
            disk.Delete(temp);
            throw;
        }

        return (0, null);
    }

    private bool Names(string file, RepoPaths folder)
    {
        try
        {
            return SmallText.Read(disk, file + ManifestSuffix, LongestManifest) is string text
                && ("\n" + text).Contains($"\n{folder.FolderName}/blobs/", StringComparison.Ordinal);
        }
        catch (DiskException)
        {
            return false;
        }
    }

    /// <summary>The lock under which the others change a manifest. Not fchmod'ed: they let everybody write it.</summary>
    private SafeFileHandle? Lock(string path)
    {
        long began = Environment.TickCount64;
        do
        {
            SafeFileHandle file = disk.OpenLockFile(path);
            LockAnswer answer = disk.TryLock(file, exclusive: true, LockedPart.FirstByte);
            if (answer == LockAnswer.Granted && disk.Look(file, path).Identity == disk.Look(path)?.Identity)
            {
                return file;
            }

            file.Dispose();
            if (answer == LockAnswer.Unsupported)
            {
                return null;
            }

            Thread.Sleep(20);
        }
        while (Environment.TickCount64 - began < Patience.TotalMilliseconds);
        return null;
    }

    private bool IsPlace(string path)
    {
        string name = Path.GetFileName(path);
        return XetHash().IsMatch(name) && path == Path.Combine(_root, name[..2], name);
    }

    [GeneratedRegex(@"\A[0-9a-f]{64}\z")]
    private static partial Regex XetHash();

    [GeneratedRegex(@"\A[0-9a-f]{2}\z")]
    private static partial Regex Shelf();

    [GeneratedRegex(@"\A(?:model|dataset|space|kernel)s--[^/]+/blobs/[^/]+\z")]
    private static partial Regex Line();
}
