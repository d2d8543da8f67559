using System.Management.Automation;

namespace HubCache.PowerShell;

/// <summary>A cached file as it is emitted.</summary>
internal static class EmittedFile
{
    /// <summary>
    /// The file with a PSPath: such an object goes into Get-Item and its like literally, whatever brackets are in its name.
    /// </summary>
    public static PSObject WithPSPath(this CachedFile file)
    {
        var emitted = new PSObject(file);
        emitted.Properties.Add(new PSNoteProperty("PSPath", $@"Microsoft.PowerShell.Core\FileSystem::{file.FullName}"));
        return emitted;
    }
}
