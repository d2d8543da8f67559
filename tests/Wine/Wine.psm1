# A Windows of Wine, .NET's runtimes and PowerShell's own build for Windows, all from apt and NuGet, in one folder.

# What Wine 8 needs:
# - no WINEDLLOVERRIDES for mscoree once the prefix is made: the loader wants it for every managed DLL ("Module not found");
# - W^X off: two mappings of one page end in "Internal CLR error";
# - reflection always by emitted code (Switch.System.Reflection.ForceEmitInvoke): an exception that crosses a native frame leaves a stale
#   frame on Wine's list, and the next one hangs the process or ends it with 0xC0000005;
# - LC_ALL=C.UTF-8: else names beyond ASCII are "File not found";
# - a terminal for pwsh: without a console its host ends in a NullReferenceException.
# What Wine 8 hides: CreateSymbolicLink says yes and makes nothing; locks of bytes keep no writer out; a path of more than 260 characters
# is no problem; a rename is POSIX already.
function Get-WineEnvironment {
    param([Parameter(Mandatory)] [string] $Lab)

    @{
        WINEPREFIX                    = Join-Path $Lab 'prefix'
        WINEDEBUG                     = '-all'
        WINEARCH                      = 'win64'
        LC_ALL                        = 'C.UTF-8'
        DOTNET_ROOT                   = ConvertTo-WinePath (Join-Path $Lab 'dotnet')
        DOTNET_HOST_PATH              = 'C:\t\dotnet.exe'
        DOTNET_EnableWriteXorExecute  = '0'
        DOTNET_ROLL_FORWARD           = 'LatestMajor'
        DOTNET_TieredPGO              = '0'
        DOTNET_gcConcurrent           = '0'
        POWERSHELL_TELEMETRY_OPTOUT   = '1'
        TERM                          = 'dumb'
    }
}

<#
.SYNOPSIS
The path by which a program of Windows finds a file of this system.
#>
function ConvertTo-WinePath {
    param([Parameter(Mandatory)] [string] $Path)

    'Z:' + $Path.Replace('/', '\')
}

<#
.SYNOPSIS
Runs a program of Windows, at most so many seconds, in C:\w; what it prints goes to a file. Returns whether it ended in time.
#>
function Invoke-Wine {
    param(
        [Parameter(Mandatory)] [string] $Lab,
        [Parameter(Mandatory)] [string[]] $Command,
        [Parameter(Mandatory)] [string] $OutFile,
        [int] $Seconds = 150,
        [hashtable] $Environment = @{},
        [switch] $Terminal
    )

    $quoted = $Command.ForEach({ "'" + $_.Replace("'", "'\''") + "'" }) -join ' '
    $line = $Terminal ? "script -qec ""wine $($quoted.Replace('\', '\\').Replace('"', '\"').Replace('$', '\$'))"" /dev/null" : "wine $quoted"
    $start = [System.Diagnostics.ProcessStartInfo]::new('bash')
    $start.WorkingDirectory = Join-Path $Lab 'prefix/drive_c/w'

    # What this system's variables say is no path there, and Wine's loader wants mscoree.
    $start.Environment.Keys.Where({ $_ -match '^(WINEDLLOVERRIDES|SSL_CERT_|REQUESTS_CA_|CURL_CA_|HF_|HUGGING|HUBCACHE_|TRANSFORMERS_|XDG_)|_proxy$' }) |
        ForEach-Object { $start.Environment.Remove($_) | Out-Null }
    $all = (Get-WineEnvironment $Lab) + $Environment
    $all.Keys | ForEach-Object { $start.Environment[$_] = $all[$_] }
    '-c', "exec timeout --kill-after=5 $Seconds $line > '$OutFile' 2>&1 < /dev/null" | ForEach-Object { $start.ArgumentList.Add($_) }
    $process = [System.Diagnostics.Process]::Start($start)
    $process.WaitForExit()
    $process.ExitCode -notin 124, 137
}

<#
.SYNOPSIS
Installs Wine by apt where it is missing.
#>
function Install-Wine {
    if (Get-Command wine -CommandType Application -ErrorAction Ignore) {
        return
    }
    apt-get install -y --no-install-recommends wine wine64
    if ($LASTEXITCODE -ne 0) {
        throw 'apt-get could not install wine and wine64.'
    }
}

<#
.SYNOPSIS
Makes what does not change from run to run: the prefix, the runtimes, pwsh.
#>
function Initialize-WineLab {
    param([Parameter(Mandatory)] [string] $Lab)

    New-Item -ItemType Directory -Path $Lab -Force | Out-Null
    if (-not (Test-Path (Join-Path $Lab 'prefix/drive_c'))) {
        env "WINEPREFIX=$Lab/prefix" WINEDEBUG=-all WINEARCH=win64 'WINEDLLOVERRIDES=mscoree=;mshtml=' wineboot -i *> $null
        New-Item -ItemType Directory -Path (Join-Path $Lab 'prefix/drive_c/w') -Force | Out-Null
        $null = Invoke-Wine -Lab $Lab -Command winecfg, -v, win10 -OutFile (Join-Path $Lab 'winecfg.txt')
        $null = Invoke-Wine -Lab $Lab -Command reg, add, 'HKCU\Software\Wine\WineDbg', /v, ShowCrashDialog, /t, REG_DWORD, /d, 0, /f -OutFile (Join-Path $Lab 'reg.txt')
    }
    New-Item -ItemType Directory -Path (Join-Path $Lab 'prefix/drive_c/w') -Force | Out-Null
    Copy-Runtime $Lab
    Copy-PowerShell $Lab
}

function Copy-Runtime {
    param([Parameter(Mandatory)] [string] $Lab)

    $project = Join-Path $PSScriptRoot 'Runtimes.csproj'
    $version = dotnet msbuild $project -getProperty:RuntimeVersion
    if (Test-Path (Join-Path $Lab "dotnet/host/fxr/$version/hostfxr.dll")) {
        return
    }
    dotnet restore $project --verbosity quiet
    $packages = (dotnet nuget locals global-packages --list) -replace '^[^:]*: '
    foreach ($name in 'Microsoft.NETCore.App', 'Microsoft.AspNetCore.App', 'Microsoft.WindowsDesktop.App') {
        $from = Join-Path $packages "$($name.ToLowerInvariant()).runtime.win-x64/$version/runtimes/win-x64"
        $to = New-Item -ItemType Directory -Path (Join-Path $Lab "dotnet/shared/$name/$version") -Force
        Get-ChildItem "$from/lib/net*", "$from/native" -File -ErrorAction Ignore | Copy-Item -Destination $to
    }
    $hostFolder = New-Item -ItemType Directory -Path (Join-Path $Lab "dotnet/host/fxr/$version") -Force
    Copy-Item (Join-Path $Lab "dotnet/shared/Microsoft.NETCore.App/$version/hostfxr.dll") $hostFolder
}

# The tool's package holds PowerShell for Windows as well.
function Copy-PowerShell {
    param([Parameter(Mandatory)] [string] $Lab)

    if (Test-Path (Join-Path $Lab 'pwsh/pwsh.exe')) {
        return
    }
    $packages = (dotnet nuget locals global-packages --list) -replace '^[^:]*: '
    $tool = Get-ChildItem (Join-Path $packages 'powershell/*/tools/*/any/win'), "$HOME/.dotnet/tools/.store/powershell/*/powershell/*/tools/*/any/win" -Directory -ErrorAction Ignore |
        Select-Object -Last 1
    if (-not $tool) {
        throw 'There is no PowerShell for Windows: dotnet tool restore brings it.'
    }
    Copy-Item $tool (Join-Path $Lab 'pwsh') -Recurse
    Set-EmittedInvoke (Join-Path $Lab 'pwsh/pwsh.runtimeconfig.json')
}

<#
.SYNOPSIS
Makes a program of .NET do all reflection by emitted code.
#>
function Set-EmittedInvoke {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([Parameter(Mandatory)] [string[]] $Path)

    foreach ($file in $Path | Where-Object { Test-Path $_ }) {
        $config = Get-Content $file -Raw | ConvertFrom-Json -AsHashtable
        $config.runtimeOptions.configProperties = ($config.runtimeOptions.configProperties ?? @{}) + @{ 'Switch.System.Reflection.ForceEmitInvoke' = $true }
        ConvertTo-Json $config -Depth 9 | Set-Content $file
    }
}

Export-ModuleMember -Function ConvertTo-WinePath, Initialize-WineLab, Install-Wine, Invoke-Wine, Set-EmittedInvoke
