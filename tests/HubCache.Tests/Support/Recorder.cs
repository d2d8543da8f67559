using System.Collections.Concurrent;

namespace HubCache.Tests.Support;

/// <summary>Remembers what a download told its observer.</summary>
public sealed class Recorder : IDownloadObserver
{
    public ConcurrentQueue<string> Warnings { get; } = [];

    public ConcurrentQueue<string> Notes { get; } = [];

    public ConcurrentQueue<FileProgress> Progress { get; } = [];

    public void Warn(string message) => Warnings.Enqueue(message);

    public void Note(string message) => Notes.Enqueue(message);

    public void Begin(FileProgress progress) => Progress.Enqueue(progress);
}
