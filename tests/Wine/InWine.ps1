# Runs in the Windows pwsh: one Pester file on the module in C:\mod\HubCache, with a Hub that runs outside. Writes its counts as JSON.
param(
    [Parameter(Mandatory)] [string] $Pester,
    [Parameter(Mandatory)] [string] $Tests,
    [Parameter(Mandatory)] [string] $ResultPath
)

$ErrorActionPreference = 'Stop'
$env:PATHEXT = '.COM;.EXE;.BAT;.CMD'
Import-Module $Pester
$work = Join-Path ([System.IO.Path]::GetTempPath()) "hubcache-pester-$PID"
New-Item -ItemType Directory -Path $work | Out-Null
$env:HUBCACHE_TEST_WORK = $work
$env:HF_HOME = Join-Path $work 'home'
Import-Module $env:HUBCACHE_TEST_MODULE
$pester = New-PesterConfiguration
$pester.Run.Path = $Tests
$pester.Run.PassThru = $true
$pester.Output.Verbosity = 'None'
$result = Invoke-Pester -Configuration $pester
@{
    Passed   = $result.PassedCount
    Failed   = $result.FailedCount + $result.FailedBlocksCount + $result.FailedContainersCount
    Skipped  = $result.SkippedCount + $result.InconclusiveCount
    Failures = @($result.Failed | ForEach-Object { @{ Name = $_.ExpandedPath; Message = "$($_.ErrorRecord[0])" } })
} | ConvertTo-Json -Depth 5 | Set-Content -LiteralPath $ResultPath
