namespace HubCache.PowerShell;

/// <summary>Carries what the engine says, from whichever thread, to the streams of a cmdlet.</summary>
internal sealed class PipelineObserver(HubCmdlet cmdlet, TransferBoard board) : IDownloadObserver
{
    public void Warn(string message) => cmdlet.Post(() => cmdlet.WarnOnce(message));

    public void Note(string message) => cmdlet.Post(() => cmdlet.WriteVerbose(message));

    public void Begin(FileProgress progress) => board.Begin(progress);
}
