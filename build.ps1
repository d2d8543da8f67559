#Requires -Version 7.4
<#
.SYNOPSIS
Builds, tests and packs the module: starts the script of a task.
.DESCRIPTION
Each task is a script beside what it works on. A script may take -ModulePath, the folder where the module is staged, and
-Configuration; it fails by throwing or by its exit code. Every task but Build stages the module first, unless -NoBuild says that it is
staged already.
.EXAMPLE
dotnet tool restore; dotnet pwsh ./build.ps1 -Task Test
#>
[CmdletBinding()]
param(
    # A name from the table below.
    [string] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release',

    [switch] $NoBuild,

    # Lets a task install what it needs from this system's packages: Wine.
    [switch] $Install
)

$ErrorActionPreference = 'Stop'
$scripts = [ordered]@{
    Build = 'src/build-module.ps1'
    Demo  = 'samples/demo.ps1'
    Docs  = 'docs/build-docs.ps1'
    Pack  = 'src/pack-module.ps1'
    Test  = 'tests/run-tests.ps1'
    Wine  = 'tests/Wine/Run.ps1'
}
if (-not $scripts.Contains($Task)) {
    throw "There is no task '$Task'. There are: $($scripts.Keys -join ', ')"
}

# A pwsh that came as a .NET tool is started by a dotnet that need not be where $PSHOME/pwsh would look for one.
if (-not $env:DOTNET_ROOT -and [System.IO.Path]::GetFileNameWithoutExtension([Environment]::ProcessPath) -eq 'dotnet') {
    $env:DOTNET_ROOT = Split-Path ([Environment]::ProcessPath)
}

$values = @{ ModulePath = Join-Path $PSScriptRoot 'out/HubCache'; Configuration = $Configuration; Install = $Install }
$steps = @($Task -eq 'Build' -or $NoBuild ? $Task : 'Build', $Task)
foreach ($step in $steps) {
    $script = Join-Path $PSScriptRoot $scripts[$step]
    $parameters = (Get-Command $script).Parameters
    $arguments = @{}
    $values.Keys | Where-Object { $parameters.ContainsKey($_) } | ForEach-Object { $arguments[$_] = $values[$_] }
    $global:LASTEXITCODE = 0
    & $script @arguments
    if ($LASTEXITCODE -ne 0) {
        exit $LASTEXITCODE
    }
}
