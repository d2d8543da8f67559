using System.Collections.ObjectModel;
using System.Management.Automation;

namespace HubCache.PowerShell.Formatting;

/// <summary>Brings the hidden properties of HubCache.Types.ps1xml into the session, once.</summary>
/// <remarks>
/// Not by TypesToProcess of the manifest: PowerShell refuses a member that is there already, and with it a whole module that is
/// imported a second time from another folder, as after an update, or in a session that a profile had imported it in.
/// </remarks>
internal static class TypeData
{
    /// <summary>
    /// Does nothing when the session has them. Without them tables lack a column's text, which is no reason not to import.
    /// </summary>
    public static void Load()
    {
        string file = Path.Combine(Path.GetDirectoryName(typeof(TypeData).Assembly.Location)!, "HubCache.Types.ps1xml");
        try
        {
            if (Call("Get-TypeData", "TypeName", typeof(CachedFile).FullName!).Count == 0)
            {
                Call("Update-TypeData", "AppendPath", file);
            }
        }
        catch (RuntimeException)
        {
            // A session with few commands has its own idea of what it shows.
        }
    }

    /// <summary>
    /// Runs a cmdlet of PowerShell's own by its class: by its name, a session that has not used it yet would import its module first (100
    /// ms).
    /// </summary>
    private static Collection<PSObject> Call(string command, string parameter, string value)
    {
        string className = $"Microsoft.PowerShell.Commands.{command.Replace("-", string.Empty, StringComparison.Ordinal)}Command, "
            + $"Microsoft.PowerShell.Commands.Utility";
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        _ = Type.GetType(className) is Type type
            ? shell.AddCommand(new CmdletInfo(command, type))
            : shell.AddCommand($@"Microsoft.PowerShell.Utility\{command}");
        return shell.AddParameter(parameter, value).AddParameter("ErrorAction", ActionPreference.Stop).Invoke();
    }
}
