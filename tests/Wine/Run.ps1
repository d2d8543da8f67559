#Requires -Version 7.4
<#
.SYNOPSIS
Runs the Windows side under Wine: the xunit classes and the Pester files that can run there, each in a process of its own.
.DESCRIPTION
Everything comes from apt and NuGet. Wine itself is installed by -Install alone; where it is missing, the script says so and skips.
The first run takes about five minutes and 1.7 GB; the parts that do not change stay in -Lab. What Wine needs and what it hides: Wine.psm1.
.EXAMPLE
./build.ps1 -Task Wine -Install
.EXAMPLE
tests/Wine/Run.ps1 -ModulePath out/HubCache -Class WindowsDiskTests -PesterFile Save
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string] $ModulePath,

    [string] $Configuration = 'Release',

    # Where the counts go, as JSON.
    [string] $ResultPath,

    # Installs Wine by apt where it is missing.
    [switch] $Install,

    # The part that .ci/run has time for.
    [switch] $Quick,

    # Classes of the xunit suite; all by default.
    [string[]] $Class,

    # Pester files, Save for Save.Tests.ps1, and Jobs for the jobs that people have; all but those about this system's own programs by default.
    [string[]] $PesterFile,

    # Runs what the last run built.
    [switch] $NoBuild,

    # Where Wine's files, the runtimes and the builds are kept.
    [string] $Lab = ($env:HUBCACHE_WINE_LAB ? $env:HUBCACHE_WINE_LAB : (Join-Path ([System.IO.Path]::GetTempPath()) 'hubcache-wine'))
)

$ErrorActionPreference = 'Stop'
$root = Split-Path (Split-Path $PSScriptRoot)
Import-Module (Join-Path $PSScriptRoot 'Wine.psm1')
$counts = @{ Passed = 0; Failed = 0; Skipped = 0 }

# What can be told in five minutes of what Windows does otherwise.
$quickClasses = 'WindowsDiskTests', 'WindowsRulesOfTextTests', 'FileIdentityTests', 'ProcessIdentityTests', 'IncompleteNameTests', 'SavingTests'
$quickFiles = 'Jobs', 'Manifest'

# These start programs of Unix, become another user, or build packages.
$notHere = 'Demo', 'Docs', 'Dsc', 'Isolation', 'Package', 'Permissions', 'Readme', 'Scripts'

function Complete-Run {
    if ($ResultPath) {
        ConvertTo-Json $counts | Set-Content -LiteralPath $ResultPath
    }
    "$($counts.Passed) passed, $($counts.Failed) failed, $($counts.Skipped) skipped under Wine"
}

function Build-Lab {
    $c = Join-Path $Lab 'prefix/drive_c'
    "$c/t", "$c/mod" | Where-Object { Test-Path $_ } | Remove-Item -Recurse -Force
    New-Item -ItemType Directory -Path "$c/t", "$c/mod" -Force | Out-Null

    # A copy of the sources: what is built here for Windows does not get in the way of what is built there for this system. The locks of
    # packages are those of this system too.
    $source = Join-Path $Lab 'src'
    if (Test-Path $source) {
        Remove-Item $source -Recurse -Force
    }
    New-Item -ItemType Directory -Path $source | Out-Null
    tar -C $root --exclude=.git --exclude=bin --exclude=obj --exclude=out --exclude=packages.lock.json -cf - . | tar -C $source -xf -
    $how = '--configuration', $Configuration, '--nologo', '--verbosity', 'quiet', '--runtime', 'win-x64', '--self-contained', 'false',
    '-p:RunAnalyzers=false', '-p:RestorePackagesWithLockFile=false', '-p:RestoreLockedMode=false'
    foreach ($project in @{ Path = 'tests/HubCache.Tests'; To = "$c/t" }, @{ Path = 'tests/Wine/Runner'; To = "$Lab/run" }, @{ Path = 'tests/Wine/Muxer'; To = "$Lab/mux" }) {
        dotnet publish (Join-Path $source $project.Path) @how --output $project.To
        if ($LASTEXITCODE -ne 0) {
            throw "$($project.Path) was not built."
        }
    }
    Get-ChildItem "$Lab/run" -File | Where-Object { -not (Test-Path "$c/t/$($_.Name)") } | Copy-Item -Destination "$c/t"
    Get-ChildItem "$Lab/mux" -File | Copy-Item -Destination "$c/t" -Force
    Set-EmittedInvoke "$c/t/Runner.runtimeconfig.json", "$c/t/dotnet.runtimeconfig.json", "$c/t/HubCache.Worker.runtimeconfig.json"

    # The DLLs are the same on every system: the module is tested as it is staged.
    Copy-Item -LiteralPath $ModulePath "$c/mod/HubCache" -Recurse
}

function Invoke-Class {
    param([string] $Name)

    $results = "$Lab/results/$Name.jsonl"
    $out = "$Lab/results/$Name.txt"
    # A process that crashed (SuspendThread failed with error 5) is started again.
    for ($try = 1; $try -le 3; $try++) {
        $null = Invoke-Wine $Lab 'C:\t\Runner.exe', 'C:\t\HubCache.Tests.dll', (ConvertTo-WinePath $results), $Name $out
        if ((Get-Content $out -Raw) -match '(?m)^(\d+) passed, (\d+) failed, (\d+) skipped') {
            Add-Count -Name $Name -Passed ([int]$Matches[1]) -Failed ([int]$Matches[2]) -Skipped ([int]$Matches[3])
            Get-Content $results | ConvertFrom-Json | Where-Object Result -EQ Failed | ForEach-Object { "  $($_.Name): $("$($_.Messages)".Split("`n")[0])" }
            return
        }
    }
    Add-Count -Name $Name -Passed 0 -Failed 1 -Skipped 0
    "  no result: $((Get-Content $out -Tail 3) -join ' | ')"
}

function Invoke-PesterFile {
    param([string] $Name)

    $results = "$Lab/results/$Name.json"
    Remove-Item $results -ErrorAction Ignore
    $scripts = ConvertTo-WinePath (Join-Path $Lab 'src/tests')
    $command = $Name -eq 'Jobs' ? "& '$scripts\Wine\Jobs.ps1'"
        : "& '$scripts\Wine\InWine.ps1' -Pester '$(ConvertTo-WinePath $pesterPath)' -Tests '$scripts\Pester\$Name.Tests.ps1'"
    $command += " -ResultPath '$(ConvertTo-WinePath $results)'"
    $null = Invoke-Wine $Lab "$Lab/pwsh/pwsh.exe", -NoProfile, -NonInteractive, -Command, $command "$Lab/results/$Name.txt" -Seconds 300 -Terminal -Environment @{
        HF_ENDPOINT = $endpoint; HUBCACHE_TEST_MODULE = 'C:\mod\HubCache'
    }
    $told = Get-Content $results -Raw -ErrorAction Ignore | ConvertFrom-Json
    if ($told) {
        Add-Count -Name "$Name in pwsh" -Passed $told.Passed -Failed $told.Failed -Skipped $told.Skipped
        $told.Failures | ForEach-Object { "  $($_.Name): $($_.Message.Split("`n")[0])" }
    }
    else {
        Add-Count -Name "$Name in pwsh" -Passed 0 -Failed 1 -Skipped 0
        "  no result: $((Get-Content "$Lab/results/$Name.txt" -Tail 3) -join ' | ')"
    }
}

function Add-Count {
    param([string] $Name, [int] $Passed, [int] $Failed, [int] $Skipped)

    $counts.Passed += $Passed
    $counts.Failed += $Failed
    $counts.Skipped += $Skipped
    "{0}: {1} passed, {2} failed, {3} skipped" -f $Name, $Passed, $Failed, $Skipped
}

if ($Install) {
    Install-Wine
}
if (-not (Get-Command wine -CommandType Application -ErrorAction Ignore)) {
    'Wine is not installed, so nothing was run as on Windows. build.ps1 -Task Wine -Install installs it.'
    $counts.Skipped = 1
    Complete-Run
    exit 0
}

Initialize-WineLab $Lab
if (-not $NoBuild) {
    Build-Lab
}
New-Item -ItemType Directory -Path "$Lab/results" -Force | Out-Null
if (-not $PSBoundParameters.ContainsKey('Class') -and -not $PSBoundParameters.ContainsKey('PesterFile')) {
    $Class = $Quick ? $quickClasses : @(Get-ChildItem (Join-Path $root 'tests/HubCache.Tests') -Filter *Tests.cs -Recurse | Where-Object FullName -NotMatch '/(bin|obj|Interop)/' | ForEach-Object BaseName | Sort-Object)
    $PesterFile = $Quick ? $quickFiles : @(Get-ChildItem (Join-Path $root 'tests/Pester') -Filter *.Tests.ps1 | ForEach-Object { $_.Name -replace '\.Tests\.ps1$' } | Where-Object { $_ -notin $notHere }) + 'Jobs'
}

foreach ($name in $Class -split ',' -ne '') {
    Invoke-Class $name
}
if ($PesterFile) {
    $source = Join-Path $root 'tests/Pester/Pester.csproj'
    dotnet restore $source --verbosity quiet
    $pesterPath = dotnet msbuild $source -getProperty:PesterPath
    dotnet build (Join-Path $root 'tests/FakeHub') --configuration $Configuration --verbosity quiet --nologo
    $ready = "$Lab/hub.json"
    Remove-Item $ready -ErrorAction Ignore
    $hub = Start-Process dotnet -PassThru -RedirectStandardOutput "$Lab/hub.txt" -ArgumentList @(
        (Join-Path $root "tests/FakeHub/bin/$Configuration/net8.0/FakeHub.dll"), '--port', '0', '--ready-file', $ready, '--sample', '--lifetime-seconds', '3000')
    try {
        while (-not (Test-Path $ready) -and -not $hub.HasExited) {
            Start-Sleep -Milliseconds 50
        }
        $endpoint = (Get-Content $ready -Raw | ConvertFrom-Json).endpoint
        foreach ($name in $PesterFile -split ',' -ne '') {
            Invoke-PesterFile $name
        }
    }
    finally {
        $hub.Kill()
    }
}
Complete-Run
exit [int]($counts.Failed -gt 0)
