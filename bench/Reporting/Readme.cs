namespace Bench.Reporting;

/// <summary>The place in bench/README.md that the results have.</summary>
internal static class Readme
{
    private const string Begin = "<!-- results: begin -->\n";
    private const string End = "<!-- results: end -->";

    private static readonly string _path = Path.Combine("bench", "README.md");

    public static void Write(string results)
    {
        string text = File.ReadAllText(_path);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = text.IndexOf(End, StringComparison.Ordinal);
        if (begin < Begin.Length || end < begin)
        {
            throw new InvalidOperationException($"{_path} has no place for results.");
        }

        File.WriteAllText(_path, $"{text[..begin]}{results}{text[end..]}");
    }
}
