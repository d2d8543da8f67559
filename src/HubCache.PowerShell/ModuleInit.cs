using System.Management.Automation;
using HubCache.PowerShell.Formatting;

namespace HubCache.PowerShell;

/// <summary>Runs when the module is imported, before any cmdlet.</summary>
public sealed class ModuleInit : IModuleAssemblyInitializer
{
    /// <inheritdoc/>
    public void OnImport()
    {
        LibraryContext.Hook();
        TypeData.Load();
    }
}
