using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>
/// <para type="synopsis">Tries out what the file system of a hub cache really does, and says what that means.</para>
/// <para type="description">Locks, renames, links, names, flushes, the clock and rights are tried in a folder that is made in the cache and
/// removed again. A cache that does not exist is judged by the nearest folder above it; one that cannot be written, by what can be
/// seen.</para>
/// </summary>
[Cmdlet(VerbsDiagnostic.Test, "HubCacheFileSystem")]
[OutputType(typeof(FileSystemCheck))]
public sealed class TestHubCacheFileSystemCommand : HubCmdlet
{
    private readonly HashSet<string> _tested = new(StringComparer.Ordinal);

    private protected override void OnRecord()
    {
        // Repos that are piped in share their cache.
        string cache = CacheToWrite();
        if (_tested.Add(cache))
        {
            Run(stop => FileSystemTest.RunAsync(cache, new SecondPwsh(), check => Post(() => WriteObject(check)), stop), () => []);
        }
    }
}
