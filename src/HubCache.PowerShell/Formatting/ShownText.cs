using System.Management.Automation;
using HubCache.Names;

namespace HubCache.PowerShell.Formatting;

/// <summary>
/// Names and sentences for the table views, without what a terminal would obey: code behind hidden properties. The properties themselves
/// are exact.
/// </summary>
public static class ShownText
{
    /// <summary>The property <c>FileName</c>.</summary>
    public static string FileName(PSObject instance) => Shown(instance, nameof(FileName));

    /// <summary>The property <c>FullName</c>.</summary>
    public static string FullName(PSObject instance) => Shown(instance, nameof(FullName));

    /// <summary>The property <c>SnapshotPath</c>.</summary>
    public static string SnapshotPath(PSObject instance) => Shown(instance, nameof(SnapshotPath));

    /// <summary>The property <c>Detail</c>.</summary>
    public static string Detail(PSObject instance) => Shown(instance, nameof(Detail));

    /// <summary>The property <c>Reason</c>.</summary>
    public static string Reason(PSObject instance) => Shown(instance, nameof(Reason));

    /// <summary>The property <c>Revision</c>.</summary>
    public static string Revision(PSObject instance) => Shown(instance, nameof(Revision));

    private static string Shown(PSObject instance, string property) => PlainText.Of(instance?.Properties[property]?.Value as string);
}
