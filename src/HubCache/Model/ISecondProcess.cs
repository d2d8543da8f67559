namespace HubCache;

/// <summary>
/// Another process of this machine. What a lock is worth shows only there: some systems keep locks by process, and one process never
/// excludes itself.
/// </summary>
public interface ISecondProcess
{
    /// <summary>
    /// Has the other process ask for an exclusive lock on each file, by <see cref="LockQuestion.Ask"/>, without waiting for any.
    /// </summary>
    /// <returns>The answers, in the order of the paths.</returns>
    /// <exception cref="IOException">There is no such process, or it gave no answer; the message says why.</exception>
    Task<IReadOnlyList<string>> AskForLocksAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken);
}
