#Requires -Version 7.4
<#
.SYNOPSIS
Runs the Pester suite on the staged module, in this process, with a Hub of its own.
.DESCRIPTION
build.ps1 -Task Test starts it in a child pwsh, so that a module that is loaded never stands in the way of the next build.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string] $ModulePath,

    [string] $Configuration = 'Release',

    # The counts, as JSON.
    [string] $ResultPath,

    # Which files: Save for Save.Tests.ps1.
    [string[]] $Name = '*'
)

$ErrorActionPreference = 'Stop'
$root = Split-Path (Split-Path $PSScriptRoot)
$PSNativeCommandUseErrorActionPreference = $true
foreach ($project in 'FakeHub', 'Isolation/Decoy') {
    dotnet build (Join-Path $root "tests/$project") --configuration $Configuration --verbosity quiet --nologo
}

# The one from NuGet, by its path, whatever else is installed.
$source = Join-Path $PSScriptRoot 'Pester.csproj'
dotnet restore $source --verbosity quiet
Import-Module (dotnet msbuild $source -getProperty:PesterPath)
$PSNativeCommandUseErrorActionPreference = $false

# Nothing of the caller's own environment or log-in may have a say.
Get-ChildItem Env: | Where-Object Name -Match '^(HF_|HUGGING|HUBCACHE_|TRANSFORMERS_|XDG_CACHE_HOME$)|_proxy$' | ForEach-Object { Remove-Item "Env:$($_.Name)" }
$work = Join-Path ([System.IO.Path]::GetTempPath()) "hubcache-pester-$PID"
New-Item -ItemType Directory -Path $work | Out-Null
$env:HUBCACHE_TEST_WORK = $work
$env:HF_HOME = Join-Path $work 'home'
$env:HUBCACHE_TEST_MODULE = (Resolve-Path -LiteralPath $ModulePath).Path
$env:HUBCACHE_TEST_DECOY = Join-Path $root "tests/Isolation/Decoy/bin/$Configuration/net8.0/Decoy.dll"

$ready = Join-Path $work 'hub.json'
$start = [System.Diagnostics.ProcessStartInfo]::new('dotnet')
$start.RedirectStandardInput = $start.RedirectStandardOutput = $true
$dll = Join-Path $root "tests/FakeHub/bin/$Configuration/net8.0/FakeHub.dll"
foreach ($argument in $dll, '--port', '0', '--ready-file', $ready, '--sample', '--stop-with-stdin', '--lifetime-seconds', '1200') {
    $start.ArgumentList.Add($argument)
}
$hub = [System.Diagnostics.Process]::Start($start)
try {
    $patience = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not (Test-Path -LiteralPath $ready)) {
        if ($hub.HasExited -or $patience.Elapsed.TotalSeconds -gt 60) {
            throw 'FakeHub did not start.'
        }
        Start-Sleep -Milliseconds 50
    }
    $env:HF_ENDPOINT = (Get-Content -LiteralPath $ready -Raw | ConvertFrom-Json).endpoint

    Import-Module $env:HUBCACHE_TEST_MODULE
    $pester = New-PesterConfiguration
    $pester.Run.Path = $Name | ForEach-Object { Join-Path $PSScriptRoot "$_.Tests.ps1" }
    $pester.Run.PassThru = $true
    $pester.Output.Verbosity = $env:CI ? 'Normal' : 'Detailed'
    $result = Invoke-Pester -Configuration $pester
    $failed = $result.FailedCount + $result.FailedBlocksCount + $result.FailedContainersCount
    if ($result.TotalCount -eq 0) {
        throw "There are no tests in: $Name"
    }
    foreach ($test in @($result.Tests | Where-Object Result -EQ Skipped)) {
        "Skipped: $($test.ExpandedPath)$($test.ErrorRecord ? ": $($test.ErrorRecord[0])" : '')"
    }
    if ($ResultPath) {
        New-Item -ItemType Directory -Path (Split-Path $ResultPath) -Force | Out-Null
        @{ Passed = $result.PassedCount; Failed = $failed; Skipped = $result.SkippedCount + $result.InconclusiveCount } |
            ConvertTo-Json | Set-Content -LiteralPath $ResultPath
    }
    $code = [int]($failed -gt 0)
}
finally {
    $hub.StandardInput.Close()
    if (-not $hub.WaitForExit(5000)) {
        $hub.Kill()
    }
    Remove-Item -LiteralPath $work -Recurse -Force
}
exit $code
