using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text;
using HubCache.Names;

namespace HubCache.PowerShell;

/// <summary>The word that is being typed, without its quotes.</summary>
internal sealed class TypedWord
{
    // Those that PowerShell takes for quotes: also the ones that word processors make of them.
    private const string SingleQuotes = "'\u2018\u2019\u201A\u201B";
    private const string DoubleQuotes = "\"\u201C\u201D\u201E";

    private readonly string _quote;

    public TypedWord(string? word)
    {
        string text = word ?? string.Empty;
        string quotes = text.Length == 0 ? string.Empty
            : SingleQuotes.Contains(text[0]) ? SingleQuotes
            : DoubleQuotes.Contains(text[0]) ? DoubleQuotes
            : string.Empty;
        _quote = quotes.Length == 0 ? string.Empty : quotes[..1];
        Text = quotes.Length == 0 ? text.Replace("`", string.Empty, StringComparison.Ordinal) : Unquoted(text[1..], quotes);
    }

    public string Text { get; }

    /// <summary>Whether a text begins with what was typed.</summary>
    public bool Begins(string text) => text.StartsWith(Text, StringComparison.OrdinalIgnoreCase);

    /// <summary>An offer to put in the place of the word.</summary>
    /// <param name="value">What is meant.</param>
    /// <param name="toolTip">What there is to know of it; not empty.</param>
    public CompletionResult Offer(string value, string toolTip)
        => new(Quoted(value), PlainText.Of(value), CompletionResultType.ParameterValue, PlainText.Of(toolTip));

    /// <summary>What stands between quotes: the closing one is not there yet, or is; a quote that is meant was typed twice.</summary>
    private static string Unquoted(string text, string quotes)
    {
        var meant = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            bool isQuote = quotes.Contains(text[i]);
            bool isTwice = isQuote && i + 1 < text.Length && quotes.Contains(text[i + 1]);
            if (!isQuote || isTwice)
            {
                meant.Append(text[i]);
            }

            i += isTwice ? 1 : 0;
        }

        return meant.ToString();
    }

    // Whatever is not plain goes between single quotes: in double ones '$' and '`' would have a meaning.
    private string Quoted(string value)
    {
        return value.Any(PlainText.IsObeyed) ? $"\"{string.Concat(value.Select(Escaped))}\""
            : IsPlain(value) ? $"{_quote}{value}{_quote}"
            : $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'";
    }

    /// <summary>
    /// Whether PowerShell reads a text as itself, wherever it stands among arguments: no number, no operator, no variable.
    /// </summary>
    private static bool IsPlain(string value)
    {
        return value.Length > 0 && value.All(c => char.IsLetterOrDigit(c) || c is '.' or '_' or '/' or '-')
            && Arguments($"x {value}") is [CommandAst { CommandElements: [_, StringConstantExpressionAst alone] }] && IsItself(alone, value)
            && Arguments($"x 'a', {value}")
                is [CommandAst { CommandElements: [_, ArrayLiteralAst { Elements: [_, StringConstantExpressionAst second] }] }]
            && IsItself(second, value);
    }

    private static bool IsItself(StringConstantExpressionAst read, string value)
        => read.StringConstantType == StringConstantType.BareWord && read.Value == value;

    private static CommandBaseAst[] Arguments(string line)
    {
        ScriptBlockAst script = Parser.ParseInput(line, out _, out ParseError[] errors);
        return errors.Length == 0 && script.EndBlock.Statements is [PipelineAst { PipelineElements: var elements }] ? [.. elements] : [];
    }

    /// <summary>A character between double quotes: a control character, written to the line as it is, would act on the terminal.</summary>
    private static string Escaped(char c)
    {
        return PlainText.IsObeyed(c) ? string.Create(CultureInfo.InvariantCulture, $"`u{{{(int)c:x}}}")
            : c is '$' or '`' || DoubleQuotes.Contains(c) ? $"`{c}"
            : c.ToString();
    }
}
