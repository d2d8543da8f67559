using System.Text;
using HubCache.Platform;

namespace HubCache.Ownership;

/// <summary>The tag that tells backup programs to leave a cache out (Cache Directory Tagging Specification).</summary>
internal static class CacheTag
{
    private static readonly byte[] Content = Encoding.ASCII.GetBytes(
        """
        Signature: 8a477f597d28d172789f06886806bc55
        # This file is a cache directory tag: the folder can be filled again from the Hugging Face Hub.
        # For information about cache directory tags see https://bford.info/cachedir/

        """);

    /// <summary>Makes the tag if it is missing or empty. Nothing depends on it, so a failure is not an error.</summary>
    /// <param name="disk">The file operations.</param>
    /// <param name="folder">The cache, or whatever else is to be left out.</param>
    /// <param name="temps">A folder for temps; null for the cache's <c>.locks/</c>.</param>
    public static void Ensure(Disk disk, string folder, string? temps = null)
        => MarkerFile.Ensure(disk, Path.Combine(folder, "CACHEDIR.TAG"), Content, temps ?? Path.Combine(folder, ".locks"));
}
