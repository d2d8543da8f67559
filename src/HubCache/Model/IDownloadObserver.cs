namespace HubCache;

/// <summary>Hears what a download decides and how far it is. Called from any thread; must not block and must not throw.</summary>
public interface IDownloadObserver
{
    /// <summary>Something that the user should know although the call succeeds.</summary>
    void Warn(string message);

    /// <summary>A decision of the engine: a hit, a retry and why, who leads. For a verbose stream.</summary>
    void Note(string message);

    /// <summary>A file whose transfer or wait begins. The object is read while it changes.</summary>
    void Begin(FileProgress progress);
}
