#Requires -Version 7.4
<#
.SYNOPSIS
The part of the suite under Wine that every run of the tests has time for. Nothing is installed: where Wine is missing, it says so.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $ModulePath,
    [string] $Configuration = 'Release',
    [string] $ResultPath
)

& (Join-Path $PSScriptRoot 'Run.ps1') @PSBoundParameters -Quick
exit $LASTEXITCODE
