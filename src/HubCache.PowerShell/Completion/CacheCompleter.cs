using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace HubCache.PowerShell;

/// <summary>
/// What the completers share: they look into the caches that the line names, ask nobody else, and offer nothing when anything is in the
/// way.
/// </summary>
public abstract class CacheCompleter : IArgumentCompleter
{
    private protected CacheCompleter()
    {
    }

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            var line = new TypedLine(commandAst, fakeBoundParameters);
            var word = new TypedWord(wordToComplete);
            return line.Caches() is CacheNames caches ? [.. Complete(caches, line, word)] : [];
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // An error would end up in the middle of a line that somebody types.
            return [];
        }
    }

    private protected abstract IEnumerable<CompletionResult> Complete(CacheNames caches, TypedLine line, TypedWord word);
}
