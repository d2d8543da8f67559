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

Describe 'An object of a cache that is only read' {
    BeforeAll {
        # A fault of every kind that can be piped: a broken blob, a dead leftover, an archive that would be taken in.
        $listed = Join-Path $TestDrive 'listed'
        $null = Save-HubFile shared/repo -CachePath $listed
        $blob = (Get-HubFile shared/repo b.bin -CachePath $listed).BlobPath
        [System.IO.File]::WriteAllText($blob, 'x' * 3000)
        [System.IO.File]::WriteAllText("$blob.free-0123456789ab.incomplete", 'x')
        $archive = Join-Path $TestDrive 'repo.tar'
        $null = Export-HubCache shared/repo -CachePath $shared -Path $archive
        $before = Get-ChildItem -LiteralPath $listed -Recurse -Force | ForEach-Object { "$($_.FullName) $($_.LastWriteTimeUtc.Ticks)" }
        $repo = Join-Path $listed 'models--shared--repo'
    }

    BeforeEach {
        $own = Join-Path $TestDrive ([guid]::NewGuid())
        $env:HUBCACHE_READONLY_CACHES = $listed
        $env:HF_HUB_CACHE = $own
    }

    AfterEach {
        Remove-Item Env:HUBCACHE_READONLY_CACHES, Env:HF_HUB_CACHE
    }

    It 'is refused by <Case>' -ForEach @(
        @{ Case = 'Remove-HubCache, a repo'; Target = 'repo'; Call = { Get-HubCache -CachePath $listed | Remove-HubCache -Confirm:$false } }
        @{ Case = 'Remove-HubCache, a revision'; Target = 'snapshot'; Call = { (Get-HubCache -CachePath $listed).Revisions | Select-Object *, @{ Name = 'FullName'; Expression = { Split-Path (Get-HubFile shared/repo a.txt).FullName } } | Remove-HubCache } }
        @{ Case = 'Remove-HubCache, a file'; Target = 'file'; Call = { Get-HubFile shared/repo a.txt | Remove-HubCache } }
        @{ Case = 'Remove-HubCache -WhatIf'; Target = 'repo'; Call = { Get-HubCache -CachePath $listed | Remove-HubCache -WhatIf } }
        @{ Case = 'Remove-HubIncomplete'; Target = 'leftover'; Call = { Get-HubIncomplete -CachePath $listed | Remove-HubIncomplete } }
        @{ Case = 'Repair-HubCache, a problem'; Target = 'blob'; Call = { Test-HubCache -CachePath $listed | Where-Object FullName -EQ $blob | Repair-HubCache } }
        @{ Case = 'Repair-HubCache, a repo'; Target = 'repo'; Call = { Get-HubCache -CachePath $listed | Repair-HubCache } }
        @{ Case = 'Save-HubFile'; Target = 'cache'; Call = { Get-HubCache -CachePath $listed | Save-HubFile -Force } }
        @{ Case = 'Save-HubFile -ReadOnlyCachePath'; Target = 'cache'; Call = { Get-HubCache -CachePath $listed | Save-HubFile -Force -ReadOnlyCachePath $listed } }
        @{ Case = 'Import-HubCache'; Target = 'cache'; Call = { [pscustomobject]@{ FullName = $archive; CachePath = $listed } | Import-HubCache } }
        @{ Case = 'Test-HubCacheFileSystem'; Target = 'cache'; Call = { Get-HubCache -CachePath $listed | Test-HubCacheFileSystem } }
    ) {
        $ErrorActionPreference = 'Continue'
        $said = @(& $Call 2>&1)
        $said.FullyQualifiedErrorId | Should -BeLike 'ReadOnlyCache,HubCache.PowerShell.*Command'
        $said | Should -HaveCount 1
        $said[0].CategoryInfo.Category | Should -Be PermissionDenied
        $said[0].TargetObject | Should -Be @{ repo = $repo; snapshot = Split-Path (Get-HubFile shared/repo a.txt).FullName; file = (Get-HubFile shared/repo a.txt).FullName; blob = $blob; leftover = "$blob.free-0123456789ab.incomplete"; cache = $listed }[$Target]
        $said[0].ErrorDetails.RecommendedAction | Should -BeLike '*-CachePath*'
        Get-ChildItem -LiteralPath $listed -Recurse -Force | ForEach-Object { "$($_.FullName) $($_.LastWriteTimeUtc.Ticks)" } | Should -Be $before
    }

    It 'is one error, and the next goes on' {
        $null = Save-HubFile shared/repo b.bin -ReadOnlyCachePath @()
        $faults = @()
        $removed = @(Get-HubFile shared/repo a.txt) + @(Get-HubFile shared/repo b.bin -ReadOnlyCachePath @()) + @(Get-HubFile shared/repo b.bin) |
            Remove-HubCache -ErrorVariable faults -ErrorAction SilentlyContinue
        $faults.FullyQualifiedErrorId | Should -BeLike 'ReadOnlyCache,*'
        $faults | Should -HaveCount 2
        $removed.FullName | Should -BeLike "$own*"
    }

    It 'is refused by whatever way its path leads there' -Skip:$IsWindows {
        $env:HUBCACHE_READONLY_CACHES = (New-Item -ItemType SymbolicLink -Path (Join-Path $TestDrive 'way') -Target $listed).FullName
        (Get-ErrorOf { Get-HubCache -CachePath $listed | Remove-HubCache }).FullyQualifiedErrorId | Should -BeLike 'ReadOnlyCache,*'
        $repo | Should -Exist
    }

    It 'is written to when -CachePath says so, or the environment' {
        $env:HUBCACHE_READONLY_CACHES = $own
        $null = Save-HubFile shared/repo
        (Get-HubCache | Remove-HubCache -PassThru).RepoId | Should -Be shared/repo
        $null = Save-HubFile shared/repo
        $env:HF_HUB_CACHE = Join-Path $TestDrive 'nowhere'
        (Get-HubCache -CachePath $own | Remove-HubCache -CachePath $own -PassThru).RepoId | Should -Be shared/repo
    }
}

Describe 'A relative path in the environment' {
    It 'starts from the current location' {
        [Environment]::CurrentDirectory | Should -Not -Be $TestDrive
        Push-Location -LiteralPath $TestDrive
        $env:HUBCACHE_READONLY_CACHES = @('none', 'shared') -join [System.IO.Path]::PathSeparator
        $env:HF_HUB_CACHE = './relative'
        try {
            (Get-HubFile shared/repo a.txt).FullName | Should -BeLike "$shared*"
            $null = Save-HubFile shared/repo -ReadOnlyCachePath @()
            (Get-HubCache).CachePath | Should -Be (Join-Path $TestDrive 'relative')
            (Get-HubFile shared/repo a.txt -ReadOnlyCachePath @()).FullName | Should -BeLike (Join-Path $TestDrive 'relative*')
        }
        finally {
            Pop-Location
            Remove-Item Env:HUBCACHE_READONLY_CACHES, Env:HF_HUB_CACHE
        }
    }

    It 'starts from the last location in the file system, where the current one is elsewhere' {
        Push-Location -LiteralPath $TestDrive
        Push-Location Env:
        $env:HUBCACHE_READONLY_CACHES = 'shared'
        try {
            (Get-HubFile shared/repo a.txt -CachePath (Join-Path $TestDrive none)).FullName | Should -BeLike "$shared*"
        }
        finally {
            Pop-Location
            Pop-Location
            Remove-Item Env:HUBCACHE_READONLY_CACHES
        }
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
