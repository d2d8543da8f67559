using System.Text;
using HubCache.Platform;

namespace HubCache.Cache;

/// <summary>The tag that tells backup programs to leave a cache out (Cache Directory Tagging Specification).</summary>
internal static class CacheTag
{
    private static readonly byte[] Content = Encoding.ASCII.GetBytes(
        """
        Signature: 8a477f597d28d172789f06886806bc55
        # This file is a cache directory tag: the folder can be filled again from the Hugging Face Hub.
        # For information about cache directory tags see https://bford.info/cachedir/

        """);

    /// <summary>Makes the tag if it is missing. Nothing depends on it, so failure is no error.</summary>
    public static void Ensure(Disk disk, string cachePath) => MarkerFile.Ensure(disk, Path.Combine(cachePath, "CACHEDIR.TAG"), Content);
}
