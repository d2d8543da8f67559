BeforeDiscovery {
    $isRoot = $IsLinux -and (id -u) -eq '0'
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')

    function Get-Check($Checks, [string] $Name) {
        $Checks | Where-Object Check -EQ $Name
    }

    # Whatever a mount is for is gone after the test.
    function Use-Mount([string[]] $Arguments, [scriptblock] $Script) {
        $place = New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid()))
        mount @Arguments $place.FullName
        $LASTEXITCODE | Should -Be 0
        try {
            & $Script $place.FullName
        }
        finally {
            umount $place.FullName
        }
    }
}

Describe 'Test-HubCacheFileSystem' {
    BeforeAll {
        $cache = Join-Path $TestDrive 'hub'
        $null = New-Item -ItemType Directory -Path $cache
        $checks = Test-HubCacheFileSystem -CachePath $cache
    }

    It 'answers each check once, in values that JSON shows as they are' {
        $checks.Check | Sort-Object -Unique | Should -HaveCount $checks.Count
        foreach ($check in $checks | ConvertTo-Json | ConvertFrom-Json) {
            $check.Result | Should -BeIn 'Yes', 'No', 'Unknown', 'NotTried'
            $check.Severity | Should -BeIn 'Information', 'Warning', 'Error'
            $check.Meaning | Should -Match '\.$'
            $check.CachePath | Should -Be $cache
            $check.PSObject.Properties.Name | Should -Be 'Check', 'Result', 'Value', 'Unit', 'Severity', 'Meaning', 'CachePath', 'TestedFolder'
        }
    }

    It 'has a second process ask for the locks' {
        (Get-Check $checks LocksExcludeProcesses).Result | Should -Be 'Yes'
        (Get-Check $checks LocksExcludeHosts).Result | Should -Be 'Unknown'
    }

    It 'leaves nothing behind' {
        Get-ChildItem -LiteralPath $cache -Force | Should -BeNullOrEmpty
    }

    It 'shows people a table that fits' {
        $table = $checks | Format-Table | Out-String -Width 100
        $table | Should -Match 'LongNames\s+Yes\s+255 bytes\s+Information'
        $table -split "`n" | ForEach-Object { $_.TrimEnd().Length | Should -BeLessOrEqual 100 }
    }

    It 'tries a cache once, however many repos are piped in' {
        $null = Save-HubFile demo/tiny config.json -CachePath "$TestDrive/piped"
        $null = Save-HubFile demo/names -CachePath "$TestDrive/piped"
        $repos = Get-HubCache -CachePath "$TestDrive/piped"
        $repos.Count | Should -BeGreaterThan 1
        ($repos | Test-HubCacheFileSystem).Count | Should -Be $checks.Count
    }

    It 'refuses a file' {
        Set-Content -LiteralPath "$TestDrive/file" -Value x
        (Get-ErrorOf { Test-HubCacheFileSystem -CachePath "$TestDrive/file" }).FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
    }

    It 'cleans up when the pipeline wants no more' {
        (Test-HubCacheFileSystem -CachePath $cache | Select-Object -First 5).Count | Should -Be 5
        Get-ChildItem -LiteralPath $cache -Force | Should -BeNullOrEmpty
    }

    It 'cleans up when it is stopped' {
        $pipeline = Start-Pipeline "Test-HubCacheFileSystem -CachePath '$cache'"
        Wait-Until { Get-ChildItem -LiteralPath $cache -Force -Filter 'trial.*' }
        $pipeline.Shell.Stop()
        Get-ChildItem -LiteralPath $cache -Force | Should -BeNullOrEmpty
    }

    It 'sees umask and group as they take effect' -Skip:$IsWindows {
        $shared = New-Item -ItemType Directory -Path "$TestDrive/shared"
        chmod 2770 $shared.FullName
        $script = "Import-Module '$env:HUBCACHE_TEST_MODULE'; Test-HubCacheFileSystem -CachePath '$shared' | ForEach-Object { `"`$(`$_.Check) `$(`$_.Result) `$(`$_.Value)`" }"
        $said = sh -c 'umask 0002; exec "$0" -NoProfile -NonInteractive -Command "$1"' (Join-Path $PSHOME pwsh) $script
        $said | Should -Contain 'Umask Yes 0002'
        $said | Should -Contain 'NewFileMode Yes 0664'
        $said | Should -Contain 'SharedGroup Yes 2770'
        $said = sh -c 'umask 0027; exec "$0" -NoProfile -NonInteractive -Command "$1"' (Join-Path $PSHOME pwsh) $script
        $said | Should -Contain 'Umask No 0027'
        $said | Should -Contain 'NewFolderMode No 2750'
    }
}

Describe 'Test-HubCacheFileSystem, on another file system' -Skip:(-not $isRoot) {
    It 'names tmpfs and its size' {
        Use-Mount @('-t', 'tmpfs', '-o', 'size=20m', 'tmpfs') {
            $checks = Test-HubCacheFileSystem -CachePath $args[0]
            (Get-Check $checks IsLocal).Value | Should -Be 'tmpfs'
            (Get-Check $checks FreeRoom).Value | Should -BeLessOrEqual 20MB
            (Get-Check $checks FreeRoom).Severity | Should -Be 'Warning'
            (Get-Check $checks RenameIsAtomic).Result | Should -Be 'Yes'
        }
    }

    It 'says of a read-only one what can be said' {
        Use-Mount @('-t', 'tmpfs', '-o', 'ro', 'tmpfs') {
            $checks = Test-HubCacheFileSystem -CachePath $args[0] -ErrorAction Stop
            $writable = Get-Check $checks Writable
            $writable.Result, $writable.Value, $writable.Severity | Should -Be 'No', 'ReadOnly', 'Warning'
            (Get-Check $checks SymbolicLinks).Result | Should -Be 'NotTried'
            (Get-Check $checks IsLocal).Result | Should -Be 'Yes'
        }
    }
}
