#Requires -Version 7.4
<#
.SYNOPSIS
Runs every suite, each in a process of its own and to its end, and says at the end what each took.
.DESCRIPTION
A suite is a script that takes -ModulePath, -Configuration and -ResultPath, and writes there its counts as JSON: Passed, Failed, Skipped.
One that fails without having counted, or does not get so far, counts as one failure. The last line has the sums.
#>
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSReviewUnusedParameter', 'Configuration', Justification = 'Every suite is given it.')]
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string] $ModulePath,

    [string] $Configuration = 'Release'
)

$ErrorActionPreference = 'Stop'
$pwsh = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')
$results = Join-Path (Split-Path $ModulePath) 'TestResults'

# With the minutes that each may take.
$suites = @(
    @{ Name = 'xunit'; Script = 'HubCache.Tests/Run.ps1'; Budget = 8 }
    @{ Name = 'Pester'; Script = 'Pester/Run.ps1'; Budget = 8 }
    @{ Name = 'Wine'; Script = 'Wine/Quick.ps1'; Budget = 5 }
)

function Invoke-Suite {
    param([hashtable] $Suite)

    $result = Join-Path $results "$($Suite.Name).json"
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $script = Join-Path $PSScriptRoot $Suite.Script
    & $pwsh -NoProfile -NonInteractive -File $script -ModulePath $ModulePath -Configuration $Configuration -ResultPath $result | Out-Host
    $isFailed = $LASTEXITCODE -ne 0
    $counts = Get-Content -LiteralPath $result -Raw -ErrorAction Ignore | ConvertFrom-Json
    [pscustomobject]@{
        Suite   = $Suite.Name
        Passed  = [int]$counts.Passed
        Failed  = [Math]::Max([int]$counts.Failed, [int]($isFailed -or -not $counts))
        Skipped = [int]$counts.Skipped
        Minutes = [Math]::Round($clock.Elapsed.TotalMinutes, 1)
        Budget  = $Suite.Budget
    }
}

if (Test-Path -LiteralPath $results) {
    Remove-Item -LiteralPath $results -Recurse -Force
}
New-Item -ItemType Directory -Path $results | Out-Null
$PSNativeCommandUseErrorActionPreference = $false
$rows = @($suites | ForEach-Object { Invoke-Suite $_ })
($rows | Format-Table -AutoSize | Out-String -Width 100).TrimEnd()
$sum = { ($rows | Measure-Object $args[0] -Sum).Sum }
"$(& $sum Passed) passed, $(& $sum Failed) failed, $(& $sum Skipped) skipped"
exit [int]((& $sum Failed) -gt 0)
