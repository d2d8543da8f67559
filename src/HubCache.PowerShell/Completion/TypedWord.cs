using System.Management.Automation;
using System.Management.Automation.Language;

namespace HubCache.PowerShell;

/// <summary>The word that is being typed, without its quotes.</summary>
internal sealed class TypedWord
{
    private readonly string _quote;

    public TypedWord(string? word)
    {
        string text = word ?? string.Empty;
        _quote = text.Length > 0 && text[0] is '\'' or '"' ? text[..1] : string.Empty;
        Text = _quote.Length == 0 ? text : text[1..].TrimEnd(_quote[0]);
    }

    public string Text { get; }

    /// <summary>Whether a text begins with what was typed.</summary>
    public bool Begins(string text) => text.StartsWith(Text, StringComparison.OrdinalIgnoreCase);

    /// <summary>An offer to put in the place of the word.</summary>
    /// <param name="value">What is meant.</param>
    /// <param name="toolTip">What there is to know of it; not empty.</param>
    public CompletionResult Offer(string value, string toolTip) => new(Quoted(value), value, CompletionResultType.ParameterValue, toolTip);

    // Whatever is not plain goes between single quotes: in double ones '$' and '`' would have a meaning.
    private string Quoted(string value)
    {
        return value.Length > 0 && value[0] != '-' && value.All(c => char.IsLetterOrDigit(c) || c is '.' or '_' or '/' or '-')
            ? $"{_quote}{value}{_quote}"
            : $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'";
    }
}
