# What several test files need: orders to FakeHub, a child pwsh, a pipeline that can be stopped.

function Invoke-FakeHub {
    param([string] $Route, [string] $Method = 'Get', $Body)

    $json = $null -eq $Body ? $null : (ConvertTo-Json -InputObject $Body -Depth 9 -Compress)
    Invoke-RestMethod "$env:HF_ENDPOINT/_fake/$Route" -Method $Method -Body $json -ContentType 'application/json; charset=utf-8'
}

# A repo of its own for a test: orders of other tests do not reach it. Files: @{ path = '…'; text = '…' } or @{ path = '…'; size = 1 }.
function Add-FakeRepo {
    param([Parameter(Mandatory)] [string] $Id, [Parameter(Mandatory)] [hashtable[]] $Files, [string] $Type = 'model')

    Invoke-FakeHub -Route repos -Method Post -Body @{ id = $Id; type = $Type; commits = @(@{ branch = 'main'; files = $Files }) }
}

function Add-Fault {
    param([Parameter(Mandatory)] [hashtable] $Fault)

    $null = Invoke-FakeHub -Route faults -Method Post -Body $Fault
}

function Clear-Fault {
    $null = Invoke-FakeHub -Route faults -Method Delete
}

# Requests that reached the Hub for a path, by either origin.
function Get-Request {
    param([Parameter(Mandatory)] [string] $PathContains)

    @(Invoke-FakeHub log).ForEach({ $_ }) | Where-Object { [uri]::UnescapeDataString($_.path).Contains($PathContains) }
}

function Get-Temp {
    param([Parameter(Mandatory)] [string] $CachePath)

    @(Get-ChildItem -LiteralPath $CachePath -Recurse -Force -File -ErrorAction Ignore | Where-Object Name -Like '*.incomplete')
}

function New-Secret {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([Parameter(Mandatory)] [string] $Text)

    [System.Net.NetworkCredential]::new('', $Text).SecurePassword
}

# The error that a script block ends in or writes, whichever comes first.
function Get-ErrorOf {
    param([Parameter(Mandatory)] [scriptblock] $Script)

    try {
        $all = & $Script 2>&1
        @($all | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })[0]
    }
    catch {
        $_
    }
}

# Runs a script in a child pwsh with the module loaded; what its host shows comes back line by line.
function Invoke-Child {
    param([Parameter(Mandatory)] [string] $Script)

    $text = "`$ErrorActionPreference = 'Stop'; Import-Module '$env:HUBCACHE_TEST_MODULE'; $Script"
    & (Join-Path $PSHOME 'pwsh') -NoProfile -NonInteractive -EncodedCommand ([Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($text))) 2>&1 |
        ForEach-Object { "$_" }
}

# Runs a script as people and machines do: by pwsh -File in a folder, with the module where Import-Module looks for it.
function Invoke-ScriptFile {
    param([Parameter(Mandatory)] [string] $Script, [Parameter(Mandatory)] [string] $Folder, [hashtable] $Environment = @{})

    $file = Join-Path $Folder 'prepare.ps1'
    Set-Content -LiteralPath $file -Value $Script
    $start = [System.Diagnostics.ProcessStartInfo]::new((Join-Path $PSHOME 'pwsh'))
    $start.WorkingDirectory = $Folder
    $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    '-NoProfile', '-NonInteractive', '-File', $file | ForEach-Object { $start.ArgumentList.Add($_) }
    $start.Environment['PSModulePath'] = (Split-Path $env:HUBCACHE_TEST_MODULE) + [System.IO.Path]::PathSeparator + $env:PSModulePath
    $start.Environment['NO_COLOR'] = '1'
    $Environment.Keys | ForEach-Object { $start.Environment[$_] = $Environment[$_] }
    $process = [System.Diagnostics.Process]::Start($start)
    $errors = $process.StandardError.ReadToEndAsync()
    $output = $process.StandardOutput.ReadToEnd()
    $process.WaitForExit()
    [pscustomobject]@{ ExitCode = $process.ExitCode; Output = $output; Errors = $errors.Result }
}

# How another user runs PowerShell: below root's home, where both may lie, nobody else may read. So pwsh, the module, and a runtime that is
# closed as well are copied to where everybody may. Become is the start of a command line; Module is what that user imports.
function Get-OtherUser {
    $place = Join-Path $env:HUBCACHE_TEST_WORK 'open'
    $other = [pscustomobject]@{
        Become = 'setpriv', '--reuid', '54321', '--regid', '54321', '--clear-groups', 'env'
        Pwsh   = Join-Path $place 'run'
        Module = Join-Path $place 'HubCache'
    }
    if (-not (Test-Path -LiteralPath $place)) {
        New-Item -ItemType Directory -Path $place | Out-Null
        Copy-Item -LiteralPath $env:HUBCACHE_TEST_MODULE -Destination $other.Module -Recurse
        Copy-Item -LiteralPath $PSHOME -Destination (Join-Path $place 'pwsh') -Recurse
        $root = Copy-Runtime $place $other.Become
        Set-Content -LiteralPath $other.Pwsh -Value "#!/bin/sh`n$root exec '$place/pwsh/pwsh' `"`$@`""
        chmod -R a+rX $place
        chmod a+x $env:HUBCACHE_TEST_WORK $other.Pwsh
    }
    $other
}

# Copies the runtime that runs here, unless it comes with pwsh or others may read it; gives what to set for it to be found.
function Copy-Runtime {
    param([string] $Place, [string[]] $Become)

    $library = [object].Assembly.Location
    & $Become[0] $Become[1..6] test -r $library
    if ($LASTEXITCODE -eq 0 -or (Split-Path $library) -eq $PSHOME) {
        return
    }
    $version = Split-Path -Leaf (Split-Path $library)
    foreach ($part in "shared/Microsoft.NETCore.App/$version", "host/fxr/$version") {
        $target = Join-Path $Place "dotnet/$part"
        New-Item -ItemType Directory -Path (Split-Path $target) -Force | Out-Null
        Copy-Item -LiteralPath (Join-Path (Split-Path $library) "../../../$part") -Destination $target -Recurse
    }
    "DOTNET_ROOT='$Place/dotnet'"
}

# A pipeline in a runspace of its own, begun and not waited for.
function Start-Pipeline {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([Parameter(Mandatory)] [string] $Script)

    $state = [initialsessionstate]::CreateDefault()
    $state.ImportPSModule($env:HUBCACHE_TEST_MODULE)
    $shell = [powershell]::Create($state).AddScript($Script)
    [pscustomobject]@{ Shell = $shell; Handle = $shell.BeginInvoke() }
}

function Wait-Until {
    param([Parameter(Mandatory)] [scriptblock] $Condition, [int] $Seconds = 20)

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($clock.Elapsed.TotalSeconds -gt $Seconds) {
            throw "Waited $Seconds s in vain for: $Condition"
        }
        Start-Sleep -Milliseconds 20
    }
}

Export-ModuleMember -Function *
