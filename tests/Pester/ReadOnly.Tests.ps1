BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $null = Add-FakeRepo shared/repo @(@{ path = 'a.txt'; text = 'a' }, @{ path = 'b.bin'; size = 3000 })
    $shared = Join-Path $TestDrive 'shared'
    $null = Save-HubFile shared/repo -CachePath $shared

    function Get-Everything {
        Get-ChildItem -LiteralPath $shared -Recurse -Force | ForEach-Object { "$($_.FullName) $($_.LastWriteTimeUtc.Ticks)" }
    }
}

Describe '-ReadOnlyCachePath' {
    BeforeEach {
        $own = Join-Path $TestDrive ([guid]::NewGuid())
        $before = Get-Everything
    }

    AfterEach {
        Get-Everything | Should -Be $before
    }

    It 'is where Save-HubFile looks first' {
        $saved = Save-HubFile shared/repo -ReadOnlyCachePath $shared -CachePath $own
        $saved.Source | Should -Be Cache, Cache
        $saved.FullName | Should -BeLike "$shared*"
        $own | Should -Not -Exist
    }

    It 'is where Find-HubFile and Get-HubFile look' {
        (Find-HubFile shared/repo -ReadOnlyCachePath $shared -CachePath $own).IsCached | Should -Be $true, $true
        (Find-HubFile shared/repo -CachePath $own).IsCached | Should -Be $false, $false
        (Get-HubFile shared/repo -ReadOnlyCachePath $shared -CachePath $own).FullName | Should -BeLike "$shared*"
    }

    It 'is enough offline' {
        $saved = Save-HubFile shared/repo -Offline -ReadOnlyCachePath (Join-Path $TestDrive none), $shared -CachePath $own -WarningAction SilentlyContinue
        $saved.Count | Should -Be 2
        $own | Should -Not -Exist
    }

    It 'may be relative, and one that is not there is told with -Verbose only' {
        Push-Location -LiteralPath $TestDrive
        try {
            $said = Get-HubFile shared/repo a.txt -ReadOnlyCachePath none, ./shared -CachePath $own -Verbose 4>&1
            ($said | Where-Object { $_ -isnot [System.Management.Automation.VerboseRecord] }).FullName | Should -BeLike "$shared*"
            "$said" | Should -BeLike '*none*is not there*'
        }
        finally {
            Pop-Location
        }
    }

    It 'is refused for the cache that is written to' {
        (Get-ErrorOf { Save-HubFile shared/repo -ReadOnlyCachePath $shared -CachePath $shared }).FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
    }

    It 'is HUBCACHE_READONLY_CACHES when it is not given' {
        $env:HUBCACHE_READONLY_CACHES = @((Join-Path $TestDrive none), $shared) -join [System.IO.Path]::PathSeparator
        try {
            (Save-HubFile shared/repo -CachePath $own).FullName | Should -BeLike "$shared*"
            (Find-HubFile shared/repo -CachePath $own).IsCached | Should -Be $true, $true
            (Get-HubFile shared/repo -CachePath $own).FullName | Should -BeLike "$shared*"
            (Get-ErrorOf { Get-HubFile shared/repo -CachePath $own -ReadOnlyCachePath @() }).FullyQualifiedErrorId | Should -BeLike 'NotCached,*'
            Get-HubCache -CachePath $own | Should -BeNullOrEmpty
            (Get-HubCache -CachePath $shared).RepoId | Should -Be shared/repo
            (Save-HubFile shared/repo -CachePath $shared).Source | Should -Be Cache, Cache
        }
        finally {
            Remove-Item Env:HUBCACHE_READONLY_CACHES
        }
    }

    It 'takes what it lacks into the other, whose ref then moves' {
        $null = Add-FakeRepo shared/part @(@{ path = 'a.txt'; text = 'a' }, @{ path = 'b.txt'; text = 'b' })
        $part = Join-Path $TestDrive part
        $null = Save-HubFile shared/part a.txt -CachePath $part
        $saved = Save-HubFile shared/part -ReadOnlyCachePath $part -CachePath $own
        $saved.Source | Should -Be Cache, Downloaded
        (Get-HubCache shared/part -CachePath $own).Revisions.Refs | Should -Be main
        (Get-HubFile shared/part -ReadOnlyCachePath $part -CachePath $own).FullName | Should -Be $saved.FullName
    }
}

Describe 'A cache on a file system that is mounted read-only' -Skip:(-not $IsLinux -or (id -u) -ne 0 -or -not (Get-Command unshare -ErrorAction Ignore)) {
    It 'serves, and nobody tries to write there' {
        # In a mount namespace of its own: whatever happens, the mount goes with the process.
        $script = @"
`$ErrorActionPreference = 'Stop'; Import-Module '$env:HUBCACHE_TEST_MODULE'
(Save-HubFile shared/repo -ReadOnlyCachePath '$shared' -CachePath '$TestDrive/mine').Source -join ','
(Get-HubFile shared/repo -CachePath '$shared').Count
(Save-HubFile shared/repo -CachePath '$shared').Count
"@
        $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($script))
        $said = unshare --mount sh -c "mount --bind '$shared' '$shared' && mount -o remount,ro,bind '$shared' && '$PSHOME/pwsh' -NoProfile -NonInteractive -EncodedCommand $encoded" 2>&1
        $said | Should -Be 'Cache,Cache', 2, 2
    }
}
