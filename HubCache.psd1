@{
    RootModule           = 'HubCache.PowerShell.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = 'bc90f01f-d2d2-46db-8c63-305b0a9cfbfc'
    Author               = 'HubCache contributors'
    CompanyName          = 'HubCache contributors'
    Copyright            = '(c) HubCache contributors. MIT licence.'
    Description          = 'Brings files from the Hugging Face Hub into the standard hub cache, safely where file locks do nothing.'
    PowerShellVersion    = '7.4'
    CompatiblePSEditions = @('Core')
    RequiredAssemblies   = @('HubCache.dll', 'HubCache.PowerShell.dll')
    FormatsToProcess     = @('HubCache.Format.ps1xml')
    CmdletsToExport      = @('Export-HubCache', 'Find-HubFile', 'Get-HubCache', 'Get-HubFile', 'Get-HubIncomplete', 'Import-HubCache', 'Remove-HubCache', 'Remove-HubIncomplete', 'Repair-HubCache', 'Save-HubFile', 'Test-HubCache', 'Test-HubCacheFileSystem')
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    PrivateData          = @{
        PSData = @{
            Tags         = @('HuggingFace', 'Hub', 'Cache', 'Download', 'Model', 'Dataset', 'PSEdition_Core', 'Linux')
            Prerelease   = 'preview1'
            ReleaseNotes = 'See CHANGELOG.md.'
        }
    }
}
