# Runs in the Windows pwsh: the jobs that people have, on the module in C:\mod\HubCache, with a Hub that runs outside.
# Writes the counts as JSON, and what each job saw as text.
param(
    [Parameter(Mandatory)] [string] $ResultPath
)

$ErrorActionPreference = 'Stop'
$env:PATHEXT = '.COM;.EXE;.BAT;.CMD'
$work = Join-Path ([System.IO.Path]::GetTempPath()) "hubcache-jobs-$PID"
$cache = Join-Path $work 'hub'
New-Item -ItemType Directory -Path $work | Out-Null
$env:HF_HUB_CACHE = $cache
$env:HF_HOME = Join-Path $work 'home'
Import-Module $env:HUBCACHE_TEST_MODULE
$pwsh = Join-Path $PSHOME 'pwsh.exe'
$counts = @{ Passed = 0; Failed = 0; Skipped = 0; Failures = @() }

function Add-Repo {
    param([string] $Id, [hashtable[]] $Files)

    $body = @{ id = $Id; type = 'model'; commits = @(@{ branch = 'main'; files = $Files }) } | ConvertTo-Json -Depth 9
    $null = Invoke-RestMethod "$env:HF_ENDPOINT/_fake/repos" -Method Post -Body $body -ContentType 'application/json'
}

function Add-Fault {
    param([hashtable] $Fault)

    $null = Invoke-RestMethod "$env:HF_ENDPOINT/_fake/faults" -Method Post -Body (ConvertTo-Json $Fault) -ContentType 'application/json'
}

function Get-Sent {
    param([string] $Path)

    @(Invoke-RestMethod "$env:HF_ENDPOINT/_fake/log").ForEach({ $_ }) | Where-Object { $_.path.Contains($Path) -and $_.method -eq 'GET' }
}

function Invoke-Save {
    param([string] $Repo, [string] $Name)

    # Without a console its host would end at once under Wine.
    Start-Process $pwsh -PassThru -NoNewWindow -ArgumentList '-NoProfile', '-NonInteractive', '-Command',
    "`"Import-Module '$env:HUBCACHE_TEST_MODULE'; (Save-HubFile $Repo).Source | Set-Content '$work\$Name.txt'`""
}

function Assert {
    param([bool] $Condition, [string] $What)

    if (-not $Condition) {
        throw $What
    }
}

function Invoke-Job {
    param([string] $Name, [scriptblock] $Job)

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    try {
        & $Job
        $counts.Passed++
    }
    catch {
        $counts.Failed++
        $counts.Failures += @{ Name = $Name; Message = "$_ $($_.ScriptStackTrace)" }
    }
    "{0}: {1:0.0} s" -f $Name, $clock.Elapsed.TotalSeconds
}

Add-Repo jobs/small @(@{ path = 'config.json'; text = '{}' }, @{ path = 'sub/model.bin'; size = 300000 })
Add-Repo jobs/large @(@{ path = 'large.bin'; size = 67108864 })
Add-Repo jobs/shared @(@{ path = 'shared.bin'; size = 67108864 })

Invoke-Job 'save' {
    $saved = @(Save-HubFile jobs/small)
    Assert ($saved.Count -eq 2) 'Two files were not saved.'
    Assert ((Get-Item $saved[1].FullName).Length -eq $saved[1].Length) 'The length differs.'
}
Invoke-Job 'hit' {
    Assert (-not (Compare-Object (Save-HubFile jobs/small).Source 'Cache', 'Cache')) 'They are no hits.'
}
Invoke-Job 'pinned hit' {
    $commit = (Get-HubFile jobs/small config.json).CommitHash
    $hit = Save-HubFile jobs/small config.json -Revision $commit
    Assert ($hit.Source -eq 'Cache') "It is '$($hit.Source)'."
}
Invoke-Job 'kill and go on' {
    Add-Fault @{ kind = 'Throttle'; bytesPerSecond = 12000000; pathContains = 'large.bin'; times = 1 }
    $child = Invoke-Save jobs/large killed
    for ($i = 0; $i -lt 300; $i++) {
        $temp = Get-ChildItem (Join-Path $cache 'models--jobs--large\blobs') -Filter *.incomplete -ErrorAction Ignore
        if ($temp.Length -gt 24MB) {
            break
        }
        Start-Sleep -Milliseconds 100
    }
    $child.Kill()
    $child.WaitForExit()
    Assert ((Get-HubIncomplete).State -eq 'Dead') "The leftover is $((Get-HubIncomplete).State): $((Get-HubIncomplete).Reason)"
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $saved = Save-HubFile jobs/large
    Assert ($saved.Source -eq 'Resumed') "It is '$($saved.Source)'."
    Assert ($saved.BytesDownloaded -lt 48MB) "$($saved.BytesDownloaded) bytes were fetched again."
    Assert ($clock.Elapsed.TotalSeconds -lt 25) 'Somebody who is dead was waited for.'
}
Invoke-Job 'stampede of four' {
    $children = 1..4 | ForEach-Object { Invoke-Save jobs/shared "stampede$_" }
    $children | ForEach-Object { $_.WaitForExit() }
    $sources = 1..4 | ForEach-Object { Get-Content "$work\stampede$_.txt" -ErrorAction Ignore }
    Assert ($sources.Count -eq 4) "Only $($sources.Count) of four ended well."
    $sent = (Get-Sent shared.bin | Measure-Object bytes -Sum -ErrorAction Ignore).Sum
    Assert (@(Get-ChildItem $cache -Recurse -Filter *.incomplete).Count -eq 0) 'Leftovers stay.'
    "  $($sources -join ', '); $sent bytes sent"
}
Invoke-Job 'test, repair' {
    Assert (Test-HubCache -Quiet) 'A sound cache is not sound.'
    $blob = (Get-HubFile jobs/small sub/model.bin).BlobPath
    $bytes = [System.IO.File]::ReadAllBytes($blob)
    $bytes[5] = $bytes[5] -bxor 1
    [System.IO.File]::WriteAllBytes($blob, $bytes)
    Assert (-not (Test-HubCache -Quiet)) 'A damaged cache is sound.'
    $null = Test-HubCache | Repair-HubCache -Confirm:$false
    Assert (Test-HubCache -Quiet) 'A repaired cache is not sound.'
}
Invoke-Job 'export, import' {
    $null = Save-HubFile jobs/small
    $null = Export-HubCache jobs/small -Path "$work\small.tar"
    $null = Import-HubCache -Path "$work\small.tar" -CachePath "$work\other"
    Assert (@(Get-HubFile jobs/small -CachePath "$work\other").Count -eq 2) 'Not all files were imported.'
    Assert (Test-HubCache -CachePath "$work\other" -Quiet) 'The imported cache is not sound.'
}
Invoke-Job 'destination' {
    $null = Save-HubFile jobs/small -Destination "$work\files"
    Assert ((Get-Content "$work\files\config.json" -Raw) -eq '{}') 'The file was not laid out.'
}
Invoke-Job 'lock file, twice' {
    $null = Export-HubCache jobs/small -LockFile "$work\lock.json"
    Assert (-not [System.IO.File]::ReadAllText("$work\lock.json").Contains("`r")) 'The lock file has CR.'
    foreach ($run in 1, 2) {
        Assert (-not (Compare-Object (Save-HubFile -LockFile "$work\lock.json").Source 'Cache', 'Cache')) "Run $run is no hit."
    }
}
Invoke-Job 'a path of more than 260 characters' {
    $deep = Join-Path $work (('x' * 60 + '\') * 4)
    $saved = Save-HubFile jobs/small config.json -CachePath $deep
    Assert ($saved.FullName.Length -gt 260) 'The path is not long.'
    Assert ([System.IO.File]::ReadAllText($saved.FullName) -eq '{}') 'The file is not there.'
}
Invoke-Job 'a folder in the root of a drive' {
    $saved = Save-HubFile jobs/small config.json -CachePath "C:\models-$PID"
    Assert (Test-Path $saved.FullName) 'The file is not there.'
    Remove-Item "C:\models-$PID" -Recurse -Force
}
Invoke-Job 'sizes and removal' {
    $size = (Get-HubCache jobs/large).Size
    Assert ($size -eq 67108864) "Its size is $size."
    $null = Remove-HubCache jobs/large -Confirm:$false
    Assert (-not (Get-HubCache jobs/large -ErrorAction Ignore)) 'It is still there.'
}
Invoke-Job 'the file system' {
    $checks = Test-HubCacheFileSystem
    foreach ($name in 'DeveloperMode', 'LongPathsEnabled', 'FileIdentity', 'RenameOverOpenFile', 'CaseSensitive', 'Clone') {
        Assert ($name -in $checks.Check) "There is no $name."
    }
    Assert (($checks | Where-Object Check -EQ FileIdentity).Result -eq 'Yes') 'Files are not told apart.'
}

Remove-Item $work -Recurse -Force -ErrorAction Ignore
ConvertTo-Json $counts -Depth 5 | Set-Content -LiteralPath $ResultPath
