#Requires -Version 7.4
<#
.SYNOPSIS
Shows the main job of HubCache against a Hub of its own.
.DESCRIPTION
Starts tests/FakeHub, saves files from it, and checks everything that it says. It needs no network, uses a temporary cache,
and leaves nothing behind. It ends in an error when something was not as claimed.
.EXAMPLE
pwsh ./build.ps1 -Task Demo
#>
[CmdletBinding()]
param(
    [string] $ModulePath = (Join-Path (Split-Path $PSScriptRoot) 'out/HubCache'),

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release'
)

$ErrorActionPreference = 'Stop'
$InformationPreference = 'Continue'
$ProgressPreference = 'SilentlyContinue'
$root = Split-Path $PSScriptRoot
$pwsh = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')
$failed = [System.Collections.Generic.List[string]]::new()

function Write-Title {
    param([string] $Text)

    Write-Information ''
    Write-Information "== $Text"
}

# Runs a command as a reader would type it, and shows both it and what comes of it.
function Invoke-Shown {
    param([scriptblock] $Command, [string[]] $Property)

    Write-Information "PS> $("$Command".Trim())"
    $output = @(. $Command)
    ($output | Format-Table -Property $Property -Wrap | Out-String -Width 110).Trim() -split '\r?\n' | ForEach-Object { Write-Information "    $_" }
    $output
}

function Test-Claim {
    param([string] $Claim, [bool] $IsTrue)

    Write-Information "$($IsTrue ? 'PASS' : 'FAIL')  $Claim"
    if (-not $IsTrue) {
        $failed.Add($Claim)
    }
}

function Wait-For {
    param([scriptblock] $Condition)

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not ($found = & $Condition)) {
        if ($clock.Elapsed.TotalSeconds -gt 60) {
            throw "Waited a minute in vain for: $Condition"
        }
        Start-Sleep -Milliseconds 100
    }
    $found
}

function Invoke-FakeHub {
    param([string] $Route, [string] $Method = 'Get', [hashtable] $Body)

    $json = $Body ? ($Body | ConvertTo-Json -Depth 9) : $null
    Invoke-RestMethod "$env:HF_ENDPOINT/_fake/$Route" -Method $Method -Body $json -ContentType 'application/json' -NoProxy
}

function Start-FakeHub {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([string] $Work, [string] $Configuration)

    $program = Join-Path $root "tests/FakeHub/bin/$Configuration/net8.0/FakeHub.dll"
    if (-not (Test-Path -LiteralPath $program)) {
        $said = dotnet build (Join-Path $root 'tests/FakeHub') --configuration $Configuration --verbosity quiet --nologo
        if ($LASTEXITCODE -ne 0) {
            throw "tests/FakeHub does not build: $said"
        }
    }

    $start = [System.Diagnostics.ProcessStartInfo]::new('dotnet')
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
    foreach ($argument in $program, '--port', '0', '--ready-file', (Join-Path $Work 'hub.json'), '--sample', '--stop-with-stdin', '--lifetime-seconds', '600') {
        $start.ArgumentList.Add($argument)
    }
    [System.Diagnostics.Process]::Start($start)
}

if (-not (Test-Path -LiteralPath (Join-Path $ModulePath 'HubCache.psd1'))) {
    throw "There is no module in $ModulePath. Build it first: pwsh ./build.ps1"
}
Import-Module $ModulePath

# The caller's own environment, cache and log-in have no say here, and come to no harm.
$environment = @(Get-ChildItem Env: | Where-Object Name -Match '^(HF_|HUGGING|TRANSFORMERS_OFFLINE$)|_proxy$')
$environment | ForEach-Object { Remove-Item "Env:$($_.Name)" }
$work = Join-Path ([System.IO.Path]::GetTempPath()) "hubcache-demo-$PID"
New-Item -ItemType Directory -Path $work | Out-Null
$child = $null
$hub = Start-FakeHub -Work $work -Configuration $Configuration
try {
    $ready = Wait-For {
        if ($hub.HasExited) {
            throw 'FakeHub did not start.'
        }
        Get-Content -LiteralPath (Join-Path $work 'hub.json') -Raw -ErrorAction Ignore
    }
    $env:HF_ENDPOINT = ($ready | ConvertFrom-Json).endpoint
    $env:HF_HOME = $work
    $env:HF_HUB_CACHE = Join-Path $work 'hub'
    Write-Information "A Hub of our own answers at $env:HF_ENDPOINT, and the cache is $env:HF_HUB_CACHE."

    Write-Title 'Save two files'
    $saved = Invoke-Shown { Save-HubFile demo/tiny config.json, weights.safetensors } FileName, Length, Source, Verification
    Test-Claim 'Both were downloaded and verified: a git SHA-1 and a SHA-256.' (
        "$($saved.Source)" -eq 'Downloaded Downloaded' -and "$($saved.Verification)" -eq 'GitSha1 Sha256')
    Test-Claim 'The names in the snapshot lead to the bytes.' ((Get-Item -LiteralPath $saved[1].FullName).ResolveLinkTarget($true).Length -eq 12000000)

    Write-Title 'Save them again'
    $before = (Invoke-FakeHub stats).bytesSent
    $again = Invoke-Shown { Save-HubFile demo/tiny config.json, weights.safetensors } FileName, Source, BytesDownloaded
    Test-Claim 'Both came from the cache, and the Hub sent no byte of them.' (
        "$($again.Source)" -eq 'Cache Cache' -and (Invoke-FakeHub stats).bytesSent -eq $before)

    Write-Title 'List the cache'
    $repos = @(Invoke-Shown { Get-HubCache } RepoType, RepoId, Size, FileCount, IncompleteFiles)
    Test-Claim 'It holds one repo with two files, and nothing is wrong with it.' (
        $repos.Count -eq 1 -and $repos[0].RepoId -eq 'demo/tiny' -and $repos[0].FileCount -eq 2 -and -not $repos[0].Problems)

    Write-Title 'The name of a blob is its hash'
    $hash = Invoke-Shown { $saved[1] | Get-FileHash -Algorithm SHA256 } Algorithm, Hash
    Write-Information "    etag   $($saved[1].ETag)"
    Test-Claim 'The SHA-256 of the bytes is the etag.' ($hash.Hash -eq $saved[1].ETag)

    Write-Title 'A download that is killed'
    $null = Invoke-FakeHub faults -Method Post -Body @{ kind = 'Throttle'; bytesPerSecond = 4MB; times = -1 }
    $script = "Import-Module '$ModulePath'; Save-HubFile demo/big model.bin"
    $code = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($script))
    $child = Start-Process $pwsh -ArgumentList '-NoProfile', '-NonInteractive', '-EncodedCommand', $code -PassThru -RedirectStandardOutput (
        Join-Path $work 'child.txt') -RedirectStandardError (Join-Path $work 'child-errors.txt')
    Write-Information "Process $($child.Id) fetches 64 MB from a Hub that is slow now."
    $null = Wait-For { Get-HubIncomplete demo/big | Where-Object Length -GT 1MB }
    $live = @(Invoke-Shown { Get-HubIncomplete } RepoId, Length, State, Reason)
    Test-Claim 'Its incomplete file is not dead, and is not removed.' (
        $live.Count -eq 1 -and $live[0].State -ne 'Dead' -and (Remove-HubIncomplete -PassThru).Kind -eq 'Kept')

    Stop-Process -Id $child.Id -Force
    $child.WaitForExit()
    Write-Information "Process $($child.Id) is killed."
    $dead = @(Invoke-Shown { Get-HubIncomplete } RepoId, Length, State, Reason)
    Test-Claim 'What it left is there, and is no blob.' ($dead.Count -eq 1 -and -not (Test-Path -LiteralPath (Join-Path (Split-Path $dead[0].FullName) $dead[0].ETag)))
    if ($IsLinux) {
        Test-Claim 'It is known to be dead, since its process is gone.' ($dead[0].State -eq 'Dead')
        $removed = @(Invoke-Shown { Remove-HubIncomplete -PassThru } Kind, RepoId, BytesFreed, Reason)
    }
    else {
        Write-Information 'On this system only its age can tell that it is dead. It takes force to remove it before a day is over.'
        $removed = @(Invoke-Shown { Remove-HubIncomplete -Force -PassThru } Kind, RepoId, BytesFreed, Reason)
    }
    Test-Claim 'It is removed, and no incomplete file is left.' ($removed.Count -eq 1 -and $removed[0].Kind -eq 'IncompleteFile' -and -not (Get-HubIncomplete))
    $null = Invoke-FakeHub faults -Method Delete

    Write-Title 'A bit that is flipped on the way'
    $null = Invoke-FakeHub repos -Method Post -Body @{ id = 'demo/spoilt'; commits = @(@{ files = @(@{ path = 'weights.bin'; size = 3000000 }) }) }
    $null = Invoke-FakeHub faults -Method Post -Body @{ kind = 'FlipBit'; offset = 1234567; times = -1 }
    Write-Information 'PS> Save-HubFile demo/spoilt weights.bin'
    $spoilt = Save-HubFile demo/spoilt weights.bin -ErrorAction SilentlyContinue -ErrorVariable refusal
    Write-Information "    $($refusal[0])"
    Write-Information "    id: $($refusal[0].FullyQualifiedErrorId)"
    Write-Information "    advice: $($refusal[0].ErrorDetails.RecommendedAction)"
    Test-Claim 'It is refused: HashMismatch.' (-not $spoilt -and $refusal[0].FullyQualifiedErrorId -like 'HashMismatch,*')
    $left = @(Get-ChildItem -LiteralPath (Join-Path $env:HF_HUB_CACHE models--demo--spoilt) -Recurse -File -Force)
    Test-Claim 'Nothing of it was published: no blob, no name, no ref, no incomplete file.' ($left.Count -eq 0)
    $null = Invoke-FakeHub faults -Method Delete
    $whole = Invoke-Shown { Save-HubFile demo/spoilt weights.bin } FileName, Length, Source, Verification
    Test-Claim 'When the bytes are right, the same line saves it.' ($whole.Verification -eq 'Sha256')
}
finally {
    if ($child -and -not $child.HasExited) {
        $child.Kill()
        $child.WaitForExit()
    }
    $hub.StandardInput.Close()
    if (-not $hub.WaitForExit(5000)) {
        $hub.Kill()
    }
    Remove-Item -LiteralPath $work -Recurse -Force
    Remove-Item Env:HF_ENDPOINT, Env:HF_HOME, Env:HF_HUB_CACHE -ErrorAction Ignore
    $environment | ForEach-Object { Set-Item "Env:$($_.Name)" $_.Value }
}

Write-Information ''
if ($failed) {
    throw "$($failed.Count) of the claims above did not hold: $($failed -join ' ')"
}
Write-Information 'Everything was as claimed.'
