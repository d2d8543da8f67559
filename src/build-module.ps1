#Requires -Version 7.4
<#
.SYNOPSIS
Stages the module: what is listed here, file by file, in one folder.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string] $ModulePath,

    [string] $Configuration = 'Release'
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
$root = Split-Path $PSScriptRoot
$publish = Join-Path (Split-Path $ModulePath) 'publish'

# The words by which a gallery finds a module that has a cmdlet, and the addresses, where there is one to begin them with.
function Write-Manifest {
    param([string] $Path)

    $properties = ([xml](Get-Content -LiteralPath (Join-Path $root 'Directory.Build.props') -Raw)).Project.PropertyGroup
    $projectUri = "$($properties.ProjectUri)".Trim().TrimEnd('/')
    $source = Join-Path $root 'HubCache.psd1'
    $manifest = Import-PowerShellDataFile -LiteralPath $source
    $commands = $manifest.CmdletsToExport | ForEach-Object { "PSCmdlet_$_"; "PSCommand_$_" }
    $tags = $manifest.PrivateData.PSData.Tags + $commands + 'PSIncludes_Cmdlet'
    $lines = @("Tags         = @('$($tags -join "', '")')")
    if ($projectUri) {
        $lines += "ProjectUri   = '$projectUri'"
        $lines += "LicenseUri   = '$projectUri/blob/main/LICENSE'"
        $lines += "IconUri      = '$projectUri/raw/main/docs/icon.png'"
    }

    $text = (Get-Content -LiteralPath $source -Raw) -replace "(?m)^( *)Tags +=.+$", (($lines | ForEach-Object { "`$1$_" }) -join "`n")
    [System.IO.File]::WriteAllText($Path, $text)
}

$publish, $ModulePath | Where-Object { Test-Path -LiteralPath $_ } | Remove-Item -Recurse -Force
dotnet publish (Join-Path $PSScriptRoot 'HubCache.PowerShell') --configuration $Configuration --output $publish --verbosity quiet --nologo

# A DLL that nobody expected fails the build.
$files = [ordered]@{
    'HubCache.dll'            = Join-Path $publish 'HubCache.dll'
    'HubCache.PowerShell.dll' = Join-Path $publish 'HubCache.PowerShell.dll'
    'lib/HubCache.Retry.dll'  = Join-Path $publish 'HubCache.Retry.dll'
    'lib/Polly.Core.dll'      = Join-Path $publish 'Polly.Core.dll'
    'lib/HubCache.Codecs.dll' = Join-Path $publish 'HubCache.Codecs.dll'
    'lib/K4os.Compression.LZ4.dll' = Join-Path $publish 'K4os.Compression.LZ4.dll'
    'lib/Blake3.dll'          = Join-Path $publish 'Blake3.dll'
    'HubCache.Format.ps1xml'  = Join-Path $PSScriptRoot 'HubCache.PowerShell/Formatting/HubCache.Format.ps1xml'
    'HubCache.Types.ps1xml'   = Join-Path $PSScriptRoot 'HubCache.PowerShell/Formatting/HubCache.Types.ps1xml'
}
foreach ($name in 'CHANGELOG.md', 'LICENSE', 'README.md', 'THIRD-PARTY-NOTICES.txt') {
    $files[$name] = Join-Path $root $name
}
foreach ($dsc in 'hubcache.snapshot.dsc.resource.json', 'hubcache.snapshot.ps1') {
    $files[$dsc] = Join-Path $PSScriptRoot "HubCache.PowerShell/Dsc/$dsc"
}
foreach ($help in Get-ChildItem -Path (Join-Path $root 'en-US') -File -ErrorAction Ignore) {
    $files["en-US/$($help.Name)"] = $help.FullName
}

$expected = $files.Keys -like '*.dll' | Split-Path -Leaf
$built = (Get-ChildItem -LiteralPath $publish -Filter *.dll -Recurse).Name
if ($difference = Compare-Object $expected $built) {
    throw "The build's DLLs are not those of the module: $($difference | ForEach-Object { "$($_.InputObject) $($_.SideIndicator)" })"
}

foreach ($target in $files.Keys) {
    $path = Join-Path $ModulePath $target
    New-Item -ItemType Directory -Path (Split-Path $path) -Force | Out-Null
    Copy-Item -LiteralPath $files[$target] -Destination $path
}
Write-Manifest (Join-Path $ModulePath 'HubCache.psd1')

"Staged $($files.Count + 1) files in $ModulePath"
