using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace HubCache.Tests.Support;

/// <summary>What has to be true of a cache at any time, whatever went wrong.</summary>
internal static class CacheRules
{
    /// <summary>Every blob has its hash, every link leads to a file, every ref names a snapshot.</summary>
    public static void AssertKept(string cache)
    {
        foreach (string repo in Directory.Exists(cache) ? Directory.EnumerateDirectories(cache, "*--*") : [])
        {
            AssertBlobsHaveTheirHash(Path.Combine(repo, "blobs"));
            AssertLinksLeadSomewhere(Path.Combine(repo, "snapshots"));
            AssertRefsNameSnapshots(repo);
        }
    }

    /// <summary>Nothing that anybody could take for a file: no blob, link, copy or ref.</summary>
    public static void AssertNothingPublished(string cache)
    {
        string[] files = Directory.Exists(cache)
            ? [.. new DirectoryInfo(cache)
                .EnumerateFiles("*", SearchOption.AllDirectories)
                .Where(f => f.Name != "CACHEDIR.TAG" && f.Extension != ".lock")
                .Select(f => f.FullName)]
            : [];
        Assert.Empty(files);
    }

    public static string HashLike(string etag, byte[] bytes)
    {
        if (etag.Length == 64)
        {
            return Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant();
        }

        byte[] header = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {bytes.Length}\0"));
#pragma warning disable CA5350 // Git's own.
        return Convert.ToHexString(SHA1.HashData([.. header, .. bytes])).ToLowerInvariant();
#pragma warning restore CA5350
    }

    private static void AssertBlobsHaveTheirHash(string blobs)
    {
        foreach (string blob in Directory.Exists(blobs) ? Directory.EnumerateFiles(blobs) : [])
        {
            string name = Path.GetFileName(blob);
            if (!name.EndsWith(".incomplete", StringComparison.Ordinal))
            {
                Assert.Equal(name, HashLike(name, File.ReadAllBytes(blob)));
            }
        }
    }

    private static void AssertLinksLeadSomewhere(string snapshots)
    {
        foreach (string link in Directory.Exists(snapshots)
            ? Directory.EnumerateFileSystemEntries(snapshots, "*", SearchOption.AllDirectories)
            : [])
        {
            Assert.True(File.Exists(link) || Directory.Exists(link), $"{link} leads nowhere");
        }
    }

    private static void AssertRefsNameSnapshots(string repo)
    {
        string refs = Path.Combine(repo, "refs");
        foreach (string file in Directory.Exists(refs) ? Directory.EnumerateFiles(refs, "*", SearchOption.AllDirectories) : [])
        {
            string commit = File.ReadAllText(file);
            Assert.Matches("^[0-9a-f]{40}$", commit);
            IEnumerable<string> files = Directory.EnumerateFileSystemEntries(Path.Combine(repo, "snapshots", commit));

            // A ref that protects a download is there before its first file.
            Assert.True(
                files.Any() || Path.GetFileName(file).StartsWith("keep.", StringComparison.Ordinal), $"{file} names an empty snapshot");
        }
    }
}
