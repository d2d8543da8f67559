#Requires -Version 7.4
<#
.SYNOPSIS
Makes the package of the staged module, and gives its name: what a gallery or a folder serves to Install-PSResource.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string] $ModulePath,

    [string] $DestinationPath = (Join-Path (Split-Path $ModulePath) 'package')
)

$ErrorActionPreference = 'Stop'
Import-Module Microsoft.PowerShell.PSResourceGet -MinimumVersion 1.1.0
if (Test-Path -LiteralPath $DestinationPath) {
    Remove-Item -LiteralPath $DestinationPath -Recurse -Force
}
New-Item -ItemType Directory -Path $DestinationPath | Out-Null
Compress-PSResource -Path $ModulePath -DestinationPath $DestinationPath
(Get-ChildItem -LiteralPath $DestinationPath -Filter *.nupkg).FullName
