using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace HubCache.PowerShell;

/// <summary>Completes the address of a Hub: the one of the environment, and the public one.</summary>
public sealed class EndpointCompleter : IArgumentCompleter
{
    private const string Public = "https://huggingface.co";

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var word = new TypedWord(wordToComplete);
        string[] known = [.. new[] { HubEnvironment.EndpointIfAny()?.GetComponents(
            UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/'), Public }.OfType<string>().Distinct()];
        return [.. known
            .Where(word.Begins)
            .Select(address => word.Offer(address, address == Public ? "The public Hub" : "The Hub of the environment"))];
    }
}
