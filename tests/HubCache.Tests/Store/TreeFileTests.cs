using System.Text;
using HubCache.Names;
using HubCache.Platform;
using HubCache.Store;
using Xunit;

namespace HubCache.Tests.Store;

/// <summary>The list of a commit's files, in huggingface_hub's format.</summary>
public sealed class TreeFileTests : IDisposable
{
    private const string Git = "0123456789abcdef0123456789abcdef01234567";
    private const string Sha = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private readonly string _root = Directory.CreateTempSubdirectory("hubcache-").FullName;

    private CommitHash Commit { get; } = CommitHash.TryParse(Git)!;

    private RepoPaths Folder => new(_root, RepoType.Model, RepoId.Parse("org/name"));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void IsWrittenAsTheReferenceClientWritesIt()
    {
        var entries = new[]
        {
            new TreeEntry("ü/z.bin", Tag(Git), 12, Tag(Sha), 12, Sha),
            new TreeEntry("a.json", Tag(Git), 3, null, null, null),
        };

        new TreeFile(Disk.OfThisSystem, Folder, Commit).Write(entries);

        string text = File.ReadAllText(Folder.Tree(Commit));
        Assert.Equal(
            """
            {"format_version":1,"files":{"a.json":{"size":3,"blob_id":"GIT"},
            "\u00FC/z.bin":{"size":12,"blob_id":"GIT","lfs_sha256":"SHA","lfs_size":12,"xet_hash":"SHA"}}}
            """.ReplaceLineEndings(string.Empty)
                .Replace("GIT", Git, StringComparison.Ordinal).Replace("SHA", Sha, StringComparison.Ordinal),
            string.Concat(text.Where(c => !char.IsWhiteSpace(c))));
        Assert.Equal(entries.OrderBy(entry => entry.Path, StringComparer.Ordinal), new TreeFile(Disk.OfThisSystem, Folder, Commit).Read());
        Assert.Equal(
            ["name.json"], Directory.GetFiles(Folder.Trees).Select(file => Path.GetFileName(file) == Git + ".json" ? "name.json" : file));
        Assert.Empty(Directory.GetFiles(Folder.Blobs));
    }

    [Fact]
    public void HasTheModeThatTheUmaskSays()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        new TreeFile(Disk.OfThisSystem, Folder, Commit).Write([new TreeEntry("a.json", Tag(Git), 3, null, null, null)]);
        string plain = Path.Combine(_root, "plain");
        File.WriteAllText(plain, string.Empty);

        // mkstemp would give 0600, which shuts a group out of a shared cache.
        Assert.Equal(File.GetUnixFileMode(plain), File.GetUnixFileMode(Folder.Tree(Commit)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"format_version":2,"files":{}}""")]
    [InlineData("""{"format_version":1,"files":[]}""")]
    [InlineData("""{"format_version":1,"files":{"a":null}}""")]
    [InlineData("""{"format_version":1,"files":{"a":{"size":1}}}""")]
    [InlineData("""{"format_version":1,"files":{"a":{"size":-1,"blob_id":"GIT"}}}""")]
    [InlineData("""{"format_version":1,"files":{"a":{"size":1.5,"blob_id":"GIT"}}}""")]
    [InlineData("""{"format_version":1,"files":{"a":{"size":1,"blob_id":"SHA"}}}""")]
    [InlineData("""{"format_version":1,"files":{"a":{"size":1,"blob_id":"../../x"}}}""")]
    [InlineData("""{"format_version":1,"files":{"a":{"size":1,"blob_id":"GIT","lfs_sha256":"GIT","lfs_size":1}}}""")]
    [InlineData("""{"format_version":1,"files":{"a":{"size":1,"blob_id":"GIT","lfs_sha256":"SHA"}}}""")]
    [InlineData("""{"format_version":1,"files":{"a":{"size":1,"blob_id":"GIT","xet_hash":"short"}}}""")]
    [InlineData("""{"format_version":1,"files":{"a":{"size":1,"blob_id":"GIT"},"a":{"size":1,"blob_id":"GIT"}}}""")]
    [InlineData("""{"format_version":1,"files":{"\ud800":{"size":1,"blob_id":"GIT"}}}""")]
    public void ADamagedOneIsNone(string text) => Assert.Null(Read(text));

    [Fact]
    public void WhatItDoesNotKnowInItIsLeftAside()
    {
        TreeEntry entry = Assert.Single(
            Read("""
                {"format_version":1,"more":1,"files":{"a":{
                "size":1,"blob_id":"GIT","lfs_sha256":null,"lfs_size":null,"xet_hash":null,"new":2}}}
                """)!);

        Assert.Equal(new TreeEntry("a", Tag(Git), 1, null, null, null), entry);
    }

    [Fact]
    public void AFolderInItsPlaceIsNone()
    {
        Directory.CreateDirectory(Folder.Tree(Commit));

        Assert.Null(new TreeFile(Disk.OfThisSystem, Folder, Commit).Read());
    }

    private IReadOnlyList<TreeEntry>? Read(string text)
    {
        Directory.CreateDirectory(Folder.Trees);
        File.WriteAllBytes(
            Folder.Tree(Commit),
            Encoding.UTF8.GetBytes(text.Replace("GIT", Git, StringComparison.Ordinal).Replace("SHA", Sha, StringComparison.Ordinal)));
        return new TreeFile(Disk.OfThisSystem, Folder, Commit).Read();
    }

    private static ETag Tag(string text) => ETag.TryParse(text)!;
}
