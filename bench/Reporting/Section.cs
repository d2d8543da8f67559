namespace Bench.Reporting;

/// <summary>A part of the report, and whether everything asked in it was met.</summary>
internal sealed record Section(string Markdown, bool IsMet);
