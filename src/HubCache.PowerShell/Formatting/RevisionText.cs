using System.Management.Automation;
using HubCache.Names;

namespace HubCache.PowerShell.Formatting;

/// <summary>A revision for people, who know a commit by its beginning: code behind a hidden property for the table views.</summary>
public static class RevisionText
{
    private const int EnoughOfCommit = 12;

    /// <summary>The property <c>Revision</c>: a branch, a tag, or the first characters of a commit.</summary>
    public static string Revision(PSObject instance)
    {
        string revision = instance?.Properties[nameof(Revision)]?.Value as string ?? string.Empty;
        return CommitHash.TryParse(revision) is null ? PlainText.Of(revision) : revision[..EnoughOfCommit];
    }
}
