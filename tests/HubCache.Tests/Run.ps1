#Requires -Version 7.4
<#
.SYNOPSIS
Builds the whole solution, and runs the suite of the engine.
#>
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSReviewUnusedParameter', 'ModulePath', Justification = 'Every suite is given it.')]
[CmdletBinding()]
param(
    # Not needed here: the engine is tested as it is built.
    [string] $ModulePath,

    [string] $Configuration = 'Release',

    # Where the counts go, as JSON.
    [Parameter(Mandatory)]
    [string] $ResultPath
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$solution = Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'HubCache.slnx'
$results = Join-Path (Split-Path $ResultPath) 'xunit'

# dotnet test builds only what it tests: a sample that does not compile would go unnoticed.
dotnet build $solution --configuration $Configuration --verbosity quiet --nologo
$isFailed = $LASTEXITCODE -ne 0
dotnet test $PSScriptRoot --no-build --configuration $Configuration --logger trx --results-directory $results --verbosity quiet --nologo
$isFailed = $isFailed -or $LASTEXITCODE -ne 0

$counts = @{ Passed = 0; Failed = 0; Skipped = 0 }
foreach ($trx in Get-ChildItem -LiteralPath $results -Filter *.trx -ErrorAction Ignore) {
    $counters = ([xml](Get-Content -LiteralPath $trx -Raw)).TestRun.ResultSummary.Counters
    $counts.Passed += [int]$counters.passed
    $counts.Failed += [int]$counters.executed - [int]$counters.passed
    $counts.Skipped += [int]$counters.total - [int]$counters.executed
}
ConvertTo-Json $counts | Set-Content -LiteralPath $ResultPath
exit [int]$isFailed
