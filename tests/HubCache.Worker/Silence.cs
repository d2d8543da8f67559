namespace HubCache.Worker;

internal sealed class Silence : IDownloadObserver
{
    public void Warn(string message)
    {
    }

    public void Note(string message)
    {
    }

    public void Begin(FileProgress progress)
    {
    }
}
