using HubCache.Platform;
using Xunit;

namespace HubCache.Tests.Platform;

/// <summary>What the Windows side answers of paths. These calls are .NET's own, so that every system can ask them.</summary>
public sealed class WindowsDiskTests : IDisposable
{
    private readonly WindowsDisk _disk = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("hubcache-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void NothingIsAtAPathThatIsMissing()
    {
        File.WriteAllText(In("file"), "text");
        foreach (string missing in (string[])[In("none"), In("none/below"), In("file/below")])
        {
            Assert.Null(_disk.Look(missing));
            Assert.Null(_disk.LookThrough(missing));
            Assert.Null(_disk.ReadLink(missing));
            Assert.False(_disk.Delete(missing));
            Assert.Empty(_disk.List(missing));
        }
    }

    [Fact]
    public void AFileAndAFolderAreSeenWithAndWithoutLinks()
    {
        File.WriteAllText(In("file"), "text");
        Assert.Equal((FileKind.File, 4), (_disk.LookThrough(In("file"))!.Value.Kind, _disk.LookThrough(In("file"))!.Value.Length));
        Assert.Equal(FileKind.Folder, _disk.LookThrough(_folder)!.Value.Kind);
        Assert.Equal(FileKind.Folder, _disk.Look(_folder)!.Value.Kind);
    }

    [Fact]
    public void TheRootOfAFileSystemIsAFolder()
    {
        string root = Path.GetPathRoot(_folder)!;
        Assert.Equal(FileKind.Folder, _disk.Look(root)!.Value.Kind);
        Assert.Equal(FileKind.Folder, _disk.LookThrough(root)!.Value.Kind);
        Assert.False(_disk.MakeFolder(root));
    }

    [Fact]
    public void WhatIsThereIsDeletedOnce()
    {
        File.WriteAllText(In("file"), "text");
        Assert.True(_disk.Delete(In("file")));
        Assert.False(_disk.Delete(In("file")));
    }

    private string In(string name) => Path.Combine(_folder, name);
}
