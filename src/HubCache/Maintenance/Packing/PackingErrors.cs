using System.Globalization;
using HubCache.Platform;

namespace HubCache.Maintenance.Packing;

/// <summary>The errors of archives and lock files.</summary>
internal static class PackingErrors
{
    private const int MostNamed = 5;

    /// <summary>The archive is not one of ours, or was changed or cut off.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="fault">The end of the sentence "it …".</param>
    public static HubCacheException BadArchive(string path, string fault) => new(
        HubErrorCode.InvalidArchive,
        $"'{path}' cannot be imported: it {Shown(fault)}. Nothing of it was taken in.",
        path,
        "Import archives as Export-HubCache wrote them. If this is one, copy it again and compare its hash with the original's.");

    public static HubCacheException WrongBytes(string path, string what, string fromWhere) => new(
        HubErrorCode.HashMismatch,
        $"The bytes of '{Shown(what)}' in '{path}' do not have the hash that they are named by.",
        path,
        fromWhere);

    public static HubCacheException NotRead(string path, DiskException e) => new(
        e.Error == DiskError.NotFound ? HubErrorCode.InvalidOption : HubErrorCode.CacheReadFailed,
        e.Error == DiskError.NotFound ? $"There is no file '{path}'." : $"'{path}' cannot be read: {e.Message}",
        path,
        "Check the path, which is taken literally, and that you may read the file.",
        e);

    public static HubCacheException NotWritten(DiskException e) => DiskErrors.ToHubError(e, "choose another place for the file");

    /// <summary>A file is there, and replacing it was not allowed.</summary>
    public static HubCacheException IsThere(string path) => new(
        HubErrorCode.InvalidOption, $"'{path}' is there already.", path, "Give another name, or add -Force to replace it.");

    /// <summary>The snapshot does not have all that an archive of it needs.</summary>
    public static HubCacheException NotWhole(string label, string repoId, IReadOnlyList<string> missing) => new(
        HubErrorCode.NotCached,
        $"The snapshot of {label} is not whole: the cache lacks {Listed(missing)}.",
        repoId,
        $"Bring the rest with Save-HubFile {repoId}, or name the files to export with -FileName.");

    /// <summary>The first few of some names, and how many more there are.</summary>
    public static string Listed(IReadOnlyList<string> names)
    {
        string some = string.Join(", ", names.Take(MostNamed).Select(name => $"'{Shown(name)}'"));
        return names.Count <= MostNamed ? some : string.Create(CultureInfo.InvariantCulture, $"{some} and {names.Count - MostNamed} more");
    }

    // Texts from an archive: a terminal may obey what is in them.
    private static string Shown(string text) => new([.. text.Select(c => char.IsControl(c) ? '\uFFFD' : c)]);
}
