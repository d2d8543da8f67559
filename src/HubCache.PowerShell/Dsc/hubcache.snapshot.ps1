#Requires -Version 7.4
<#
.SYNOPSIS
The commands of the DSC resource HubCache/Snapshot: one JSON object in by stdin, one line of JSON out by stdout.
.DESCRIPTION
Warnings and errors are lines of JSON on stderr, as dsc reads them; nothing else is written anywhere. A token comes from
the environment (HF_TOKEN, or what a log-in left), never from the input.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [ValidateSet('get', 'test', 'set', 'whatIf')]
    [string] $Operation
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = $InformationPreference = $VerbosePreference = $DebugPreference = 'SilentlyContinue'
$WarningPreference = 'Continue'
$WhatIfPreference = $false
$ConfirmPreference = 'None'

# Bytes and not text: the code page of a Windows console would spoil names.
function Read-Stdin {
    $reader = [System.IO.StreamReader]::new([Console]::OpenStandardInput(), [System.Text.UTF8Encoding]::new($false, $true))
    try {
        $reader.ReadToEnd()
    }
    catch {
        throw (Get-InvalidInput 'The input is not UTF-8.')
    }
}

function Write-Line([System.IO.Stream] $Stream, $Object) {
    $line = [System.Text.Encoding]::UTF8.GetBytes((ConvertTo-Json -InputObject $Object -Compress -Depth 5) + "`n")
    $Stream.Write($line, 0, $line.Length)
    $Stream.Flush()
}

function Write-Report([string] $Level, [string] $Text) {
    Write-Line ([Console]::OpenStandardError()) ([ordered]@{ $Level = $Text })
}

function Get-InvalidInput([string] $Text) {
    [System.ArgumentException]::new($Text)
}

# What is asked for, checked: dsc checks it by the schema, and not everybody is dsc.
function ConvertTo-Wanted([string] $Json) {
    try {
        $given = ConvertFrom-Json -InputObject $Json -AsHashtable
    }
    catch {
        throw (Get-InvalidInput 'The input is not JSON.')
    }
    if ($given -isnot [System.Collections.IDictionary]) {
        throw (Get-InvalidInput 'The input is not a JSON object.')
    }

    $wanted = [ordered]@{ repoId = $null; repoType = $null; revision = $null; cachePath = $null; fileName = $null; exclude = $null; _exist = $true }
    $readOnly = 'commitHash', 'fullName', 'fileCount', 'size', 'bytesMissing'
    foreach ($name in $given.Keys) {
        $value = $given[$name]
        if ($name -cin $readOnly -or ($name.StartsWith('_') -and $name -cne '_exist') -or $null -eq $value) {
            continue
        }
        $isRight = switch -CaseSensitive ($name) {
            '_exist' { $value -is [bool] }
            { $_ -cin 'fileName', 'exclude' } { $value -is [array] -and $value.Count -gt 0 -and -not ($value | Where-Object { $_ -isnot [string] -or $_ -eq '' }) }
            { $_ -cin 'repoId', 'repoType', 'revision', 'cachePath' } { $value -is [string] -and $value -ne '' }
            default { throw (Get-InvalidInput "There is no property '$name'. A token is taken from the environment variable HF_TOKEN only.") }
        }
        if (-not $isRight) {
            throw (Get-InvalidInput "The property '$name' has a value of the wrong kind.")
        }
        $wanted[$name] = $value
    }

    if (-not $wanted.repoId) {
        throw (Get-InvalidInput "The property 'repoId' is missing.")
    }
    if ($wanted.cachePath -and -not [System.IO.Path]::IsPathFullyQualified($wanted.cachePath)) {
        throw (Get-InvalidInput "The property 'cachePath' is not a full path; what it would be relative to is not the same everywhere.")
    }
    $wanted.cachePath ??= [HubCache.HubEnvironment]::CachePath()
    $wanted
}

function Get-HubParameter([System.Collections.IDictionary] $Wanted) {
    # What was not given is left out, since an address may say it.
    $parameters = @{}
    foreach ($name in 'repoId', 'repoType', 'revision', 'cachePath', 'fileName', 'exclude') {
        if ($Wanted[$name]) {
            $parameters[$name] = $Wanted[$name]
        }
    }
    $parameters
}

# Runs a cmdlet of the module; its warnings go to stderr. An error that is not expected ends it.
function Invoke-Hub([string] $Cmdlet, [System.Collections.IDictionary] $Wanted, [hashtable] $Extra = @{}, [string[]] $Expected = @(), [switch] $Quiet) {
    $parameters = Get-HubParameter $Wanted
    & $Cmdlet @parameters @Extra -ErrorAction SilentlyContinue -ErrorVariable failures -WarningAction SilentlyContinue -WarningVariable warnings
    if (-not $Quiet) {
        $warnings | ForEach-Object { Write-Report warn "$_" }
    }
    $script:failed = @($failures | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
    foreach ($failure in $script:failed) {
        if ("$($failure.Exception.Code)" -notin $Expected) {
            throw $failure
        }
    }
}

function Get-RepoPath([string] $CachePath, $File, [string] $Below) {
    [System.IO.Path]::Combine($CachePath, "$($File.RepoType.ToLowerInvariant())s--$($File.RepoId.Replace('/', '--'))", $Below)
}

# Without the list of its files nobody can say that a commit is whole.
function Test-Whole([System.Collections.IDictionary] $Wanted, $Files, $Present) {
    $isNamed = $Wanted.fileName -and -not $Wanted.exclude -and -not ($Wanted.fileName -match '[*?\[]')
    $isAddressOfFile = $Wanted.repoId -match '^\w+://' -and $Files.Count -eq 1 -and [uri]::UnescapeDataString($Wanted.repoId) -match "/$([regex]::Escape($Files[0].FileName))([?#]|$)"
    if ($isNamed -or $isAddressOfFile) {
        return $true
    }
    $trees = @(Get-RepoPath -CachePath $Wanted.cachePath -File $Files[0] -Below 'trees') + @($Present | ForEach-Object { Join-Path (Split-Path (Split-Path $_.SnapshotPath)) 'trees' })
    $trees.Where({ Test-Path -LiteralPath (Join-Path $_ "$($Files[0].CommitHash).json") }).Count -gt 0
}

function Get-Present([System.Collections.IDictionary] $Wanted, $Files) {
    $parameters = @{ RepoId = $Files[0].RepoId; RepoType = $Files[0].RepoType; CommitHash = $Files[0].CommitHash; FileName = $Files.FileName }
    Get-HubFile @parameters -CachePath $Wanted.cachePath -ErrorAction Ignore
}

# What the cache has, by itself, with those in front of it.
function Get-State([System.Collections.IDictionary] $Wanted) {
    $state = [ordered]@{}
    foreach ($name in 'repoId', 'repoType', 'revision', 'cachePath', 'fileName', 'exclude') {
        if ($null -ne $Wanted[$name]) {
            $state[$name] = $Wanted[$name]
        }
    }
    $missing = 'OfflineNotCached', 'NotCached', 'HubFileNotFound'
    $files = @(Invoke-Hub Find-HubFile $Wanted -Extra @{ Offline = $true } -Expected $missing -Quiet)
    $state._exist = $false
    if ($files) {
        $state.repoType ??= $files[0].RepoType
        $state.revision ??= $files[0].Revision
        # A blob without its name in the snapshot is in the cache, and nobody who asks for the file by its path gets it.
        $present = @(Get-Present $Wanted $files)
        $state.commitHash = $files[0].CommitHash
        $state.fullName = $present ? $present[0].SnapshotPath : (Get-RepoPath -CachePath $Wanted.cachePath -File $files[0] -Below "snapshots/$($files[0].CommitHash)")
        $state.fileCount = $present.Count
        $state.size = [long]($present | Measure-Object Length -Sum).Sum
        $state.bytesMissing = [long]($files | Measure-Object BytesMissing -Sum).Sum
        $state._exist = -not $script:failed -and $state.fileCount -eq $files.Count -and (Test-Whole -Wanted $Wanted -Files $files -Present $present)
    }
    elseif ($Wanted.repoId -match '^[^/:]+(/[^/:]+)?$') {
        $state.repoType ??= 'Model'
        $state.revision ??= 'main'
    }
    $state
}

# What the revision stands for now, of which the cache may have all, some or nothing.
function Find-Wanted([System.Collections.IDictionary] $Wanted) {
    @(Invoke-Hub Find-HubFile $Wanted -Expected 'OfflineNotCached')
}

function Test-State([System.Collections.IDictionary] $Wanted) {
    $state = Get-State $Wanted
    $isThere = $state._exist
    if ($Wanted._exist -and $isThere) {
        # A commit stays what it is; a branch may have moved on.
        $now = Find-Wanted $Wanted
        $isThere = $now -and $now[0].CommitHash -eq $state.commitHash -and -not $now.Where({ -not $_.IsCached })
    }
    $state._inDesiredState = [bool]($isThere -eq $Wanted._exist)
    $state
}

function Save-Snapshot([System.Collections.IDictionary] $Wanted) {
    $null = Invoke-Hub Save-HubFile $Wanted
    Get-State $Wanted
}

function Get-Plan([System.Collections.IDictionary] $Wanted) {
    $state = Get-State $Wanted
    $files = Find-Wanted $Wanted
    $missing = $files.Where({ -not $_.IsCached })
    $state.commitHash = $files[0].CommitHash
    $state.repoType ??= $files[0].RepoType
    $state.revision ??= $files[0].Revision
    $state.fullName = Get-RepoPath -CachePath $Wanted.cachePath -File $files[0] -Below "snapshots/$($files[0].CommitHash)"
    $state.fileCount = $files.Count
    $state.size = [long]($files | Measure-Object Length -Sum).Sum
    $state.bytesMissing = 0
    $state._exist = $true
    $state._metadata = @{ whatIf = @("$($missing.Count) of $($files.Count) files would be fetched, $([long]($missing | Measure-Object BytesMissing -Sum).Sum) bytes.") }
    $state
}

try {
    Import-Module (Join-Path $PSScriptRoot 'HubCache.psd1')
    $wanted = ConvertTo-Wanted (Read-Stdin)
    if (-not $wanted._exist -and $Operation -in 'set', 'whatIf') {
        throw (Get-InvalidInput 'This resource brings snapshots and removes none: _exist has to be true.')
    }
    $result = switch ($Operation) {
        'get' { Get-State $wanted }
        'test' { Test-State $wanted }
        'set' { Save-Snapshot $wanted }
        'whatIf' { Get-Plan $wanted }
    }
    Write-Line ([Console]::OpenStandardOutput()) $result
    exit 0
}
catch {
    $failure = $_.Exception
    $code = "$($failure.Code)"
    $advice = $_.ErrorDetails.RecommendedAction
    Write-Report error ((@($code, $failure.Message).Where({ $_ }) -join ': ') + ($advice ? " $advice" : ''))
    $exitCode = switch -Regex ($code) {
        '^Invalid' { 2; break }
        '^Cache' { 4; break }
        '^(ProxyRefused|CertificateInvalid)$' { 5; break }
        '.' { 3; break }
        default { $failure -is [System.ArgumentException] ? 2 : 1 }
    }
    exit $exitCode
}
