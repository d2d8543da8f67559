namespace HubCache.Resolving;

/// <summary>Shows a pause that the Hub asks for while no file is on its way yet: a minute without a sign looks like a hang.</summary>
internal sealed class AskedWait(string what, IDownloadObserver observer)
{
    private static readonly TimeSpan ShortestShown = TimeSpan.FromSeconds(2);

    private FileProgress? _shown;

    /// <summary>A pause begins.</summary>
    public void Begin(RetryNotice retry)
    {
        if (retry.IsAsked && retry.Pause >= ShortestShown)
        {
            _shown = new FileProgress(what, 0);
            _shown.WaitFor(retry.Pause);
            observer.Begin(_shown);
        }
    }

    /// <summary>It is over, if there was one.</summary>
    public void End()
    {
        if (_shown is FileProgress shown)
        {
            shown.IsFinished = true;
            _shown = null;
        }
    }
}
