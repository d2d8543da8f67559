namespace HubCache.Destination;

/// <summary>Where everything lies in a destination. Names only; nothing here touches the disk.</summary>
/// <remarks>The layout is that of huggingface_hub's <c>--local-dir</c> (_local_folder.py), so that both can work on one folder.</remarks>
internal sealed class LocalFolder(string fullName)
{
    private const string CacheName = ".cache";
    private const string ClientName = "huggingface";
    private const string MetadataSuffix = ".metadata";

    public string FullName { get; } = fullName;

    /// <summary>What huggingface_hub and we know of the folder lies in here, and no file of a repo.</summary>
    public string Bookkeeping { get; } = Path.Combine(fullName, CacheName, ClientName);

    /// <summary>The folder's first entry of ours by another case: the same thing where case does not count.</summary>
    public (string Name, string OtherCase) CaseProbe { get; } = (Path.Combine(fullName, CacheName), Path.Combine(fullName, ".CACHE"));

    public string PathOf(HubFileName file) => Path.Combine([FullName, .. file.Segments]);

    public string MetadataOf(HubFileName file) => StemOf(file) + MetadataSuffix;

    /// <summary>The lock that huggingface_hub holds while it writes the file or its metadata.</summary>
    public string LockOf(HubFileName file) => StemOf(file) + ".lock";

    /// <summary>Where the temps of the file lie.</summary>
    public string TempFolderOf(HubFileName file) => Path.GetDirectoryName(StemOf(file))!;

    /// <summary>Whether a repo's file would lie among the bookkeeping.</summary>
    public static bool IsReserved(HubFileName file)
    {
        return file.Segments is [string first, string second, ..]
            && first.Equals(CacheName, StringComparison.OrdinalIgnoreCase) && second.Equals(ClientName, StringComparison.OrdinalIgnoreCase);
    }

    private string StemOf(HubFileName file) => Path.Combine([Bookkeeping, "download", .. file.Segments]);
}
