namespace HubCache.PowerShell;

/// <summary>Carries what the engine says while it works on the pipeline thread itself.</summary>
internal sealed class VerboseObserver(HubCmdlet cmdlet) : IDownloadObserver
{
    public void Warn(string message) => cmdlet.WriteWarning(message);

    public void Note(string message) => cmdlet.WriteVerbose(message);

    public void Begin(FileProgress progress)
    {
        // Nothing is fetched on this thread.
    }
}
