using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;
using Xunit;

namespace HubCache.Tests.Store;

/// <summary>Temps of others that were waited for in vain.</summary>
public sealed class ContendersTests : IDisposable
{
    private readonly RepoPaths _folder =
        new(Directory.CreateTempSubdirectory("hubcache-").FullName, RepoType.Model, RepoId.Parse("org/name"));
    private readonly ETag _etag = ETag.TryParse(new string('a', 40))!;

    [Fact]
    public void OneThatWasGivenUpCountsAgainOnlyWhenItChanges()
    {
        var rivals = new Contenders(Disk.OfThisSystem, _folder, _etag);
        string temp = Path.Combine(_folder.Blobs, $"{_etag}.1a2031c4006-aaaaaaaa-bbbbbbbbbbbb-cccccccc-999-5-4444.incomplete");
        Directory.CreateDirectory(_folder.Blobs);
        File.WriteAllText(temp, "some");

        // A clock that was set back: by its time alone this one would always be at work.
        File.SetLastWriteTimeUtc(temp, DateTime.UtcNow.AddDays(1));

        rivals.GiveUp([Assert.Single(rivals.OfOurs(own: null))]);
        Assert.Empty(rivals.OfOurs(own: null));

        File.AppendAllText(temp, "more");
        Assert.Single(rivals.OfOurs(own: null));
    }

    public void Dispose() => Directory.Delete(_folder.CachePath, recursive: true);
}
