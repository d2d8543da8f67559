BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')

    # Leftovers of every kind in one repo of a new cache: dead at once, live, and those that only age can judge.
    function Set-Leftover {
        [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
        param([string] $CachePath)

        $null = 'solo', 'demo/tiny' | Save-HubFile -FileName config.json -CachePath $CachePath
        $names = @{
            Dead  = "models--solo/blobs/$('a' * 64).free-0123456789ab.incomplete"
            Other = "models--demo--tiny/blobs/$('b' * 64).free-0123456789ab.incomplete"
            Young = "models--solo/blobs/$('c' * 64).incomplete"
            Old   = "models--solo/blobs/$('d' * 64).0123abcd.incomplete"
        }
        $paths = @{}
        foreach ($key in $names.Keys) {
            $paths[$key] = Join-Path $CachePath $names[$key]
            [System.IO.File]::WriteAllText($paths[$key], 'x' * 2048)
        }
        (Get-Item -LiteralPath $paths.Old).LastWriteTime = (Get-Date).AddDays(-3)
        $paths
    }

    # Makes the first look at a file one of that long ago, so that a test waits seconds for the second and not a minute.
    function Edit-FirstLook([string] $Path, [int] $SecondsAgo) {
        $looks = [HubCache.CachedFile].Assembly.GetType('HubCache.Ownership.Liveness').GetField('FirstLooks', 'NonPublic, Static').GetValue($null)
        $look = $looks[$Path]
        $looks[$Path] = [System.ValueTuple[long, datetime, long]]::new($look.Item1, $look.Item2, $look.Item3 - $SecondsAgo * [System.Diagnostics.Stopwatch]::Frequency)
    }
}

Describe 'Get-HubIncomplete' {
    BeforeAll {
        $cache = Join-Path $TestDrive 'get'
        $paths = Set-Leftover $cache
        $found = Get-HubIncomplete -CachePath $cache
    }

    It 'lists what is there, of ours and of others' {
        $found.FullName | Sort-Object | Should -Be ($paths.Values | Sort-Object)
    }

    It 'says <State> of <Key>, and why' -ForEach @(
        @{ Key = 'Dead'; State = 'Dead' }, @{ Key = 'Other'; State = 'Dead' }, @{ Key = 'Young'; State = 'Unknown' }, @{ Key = 'Old'; State = 'Unknown' }
    ) {
        $file = $found | Where-Object FullName -EQ $paths[$Key]
        $file.State | Should -BeExactly $State
        $file.State | Should -BeOfType ([string])
        $file.Reason | Should -Not -BeNullOrEmpty
        $file.Owner | Should -Not -BeNullOrEmpty
        $file.Length | Should -Be 2048
    }

    It 'takes a repo, a wildcard and a type' {
        @(Get-HubIncomplete solo -CachePath $cache).Count | Should -Be 3
        @(Get-HubIncomplete demo/* -CachePath $cache).Count | Should -Be 1
        @(Get-HubIncomplete -RepoType Dataset -CachePath $cache).Count | Should -Be 0
    }

    It 'fits a window of 100 columns, and shows the whole reason' {
        $lines = ($found | Out-String -Width 100) -split '\r?\n'
        $lines | Where-Object Length -GT 100 | Should -BeNullOrEmpty
        $lines -match '^\s*Length LastModified\s+State\s+Reason' | Should -Not -BeNullOrEmpty
        $lines -match '…' | Should -BeNullOrEmpty
    }

    It 'knows a download that is under way, and one whose process was killed' -Skip:$IsWindows {
        Add-FakeRepo test/killed @{ path = 'big.bin'; size = 60000000 }
        Add-Fault @{ kind = 'Stall'; bytes = 20000000; pathContains = 'test/killed'; times = -1 }
        $child = Start-Process -FilePath (Join-Path $PSHOME 'pwsh') -PassThru -RedirectStandardOutput "$TestDrive/killed.out" -ArgumentList @(
            '-NoProfile', '-Command', "Import-Module '$env:HUBCACHE_TEST_MODULE'; Save-HubFile test/killed big.bin -CachePath '$cache' -OperationTimeoutSeconds 60")
        try {
            Wait-Until { Get-Temp $cache | Where-Object Length -GT 10mb }
            $live = Get-HubIncomplete test/killed -CachePath $cache
            $live.State | Should -Be 'Live'
            $live.Owner | Should -Match $child.Id
            $kept = $live | Remove-HubIncomplete -PassThru
            $kept.Kind | Should -Be 'Kept'
            $kept.BytesFreed | Should -Be 0
            $live.FullName | Should -Exist
        }
        finally {
            $child.Kill()
            $child.WaitForExit()
            Clear-Fault
        }
        (Get-HubIncomplete test/killed -CachePath $cache).State | Should -Be 'Dead'
        # The next plain run takes it away, or goes on from it.
        $null = Save-HubFile test/killed big.bin -CachePath $cache
        Get-HubIncomplete test/killed -CachePath $cache | Should -BeNullOrEmpty
    }
}

Describe 'Remove-HubIncomplete' {
    BeforeEach {
        $cache = Join-Path $TestDrive "remove-$([guid]::NewGuid())"
        $paths = Set-Leftover $cache
    }

    It 'removes exactly what is piped' {
        $removed = Get-HubIncomplete -CachePath $cache | Where-Object { $_.State -eq 'Dead' -and $_.RepoId -eq 'solo' } | Remove-HubIncomplete -PassThru
        $removed.FullName | Should -Be $paths.Dead
        $removed.Kind | Should -Be 'IncompleteFile'
        $removed.BytesFreed | Should -Be 2048
        $paths.Dead | Should -Not -Exist
        $paths['Other', 'Young', 'Old'] | Should -Exist
    }

    It 'says nothing without -PassThru' {
        Remove-HubIncomplete demo/* -CachePath $cache | Should -BeNullOrEmpty
        $paths.Other | Should -Not -Exist
        $paths.Dead | Should -Exist
    }

    It 'takes a file by its name, relative and literally' {
        Push-Location -LiteralPath (Split-Path $paths.Dead)
        try {
            Remove-HubIncomplete -LiteralPath (Split-Path -Leaf $paths.Dead)
        }
        finally {
            Pop-Location
        }
        $paths.Dead | Should -Not -Exist
        $paths.Other | Should -Exist
    }

    It 'reports a file that is not there, and goes on with the next' {
        $faults = @()
        Remove-HubIncomplete -FullName "$($paths.Dead)x", $paths.Dead -ErrorVariable faults -ErrorAction SilentlyContinue
        $faults.FullyQualifiedErrorId | Should -Be 'NotCached,HubCache.PowerShell.RemoveHubIncompleteCommand'
        $paths.Dead | Should -Not -Exist
    }

    It 'never takes what is not incomplete' {
        $blob = (Save-HubFile solo config.json -CachePath $cache).BlobPath
        Get-ErrorOf { Remove-HubIncomplete -FullName $blob -Force } | ForEach-Object FullyQualifiedErrorId | Should -BeLike 'NotCached,*'
        Remove-HubIncomplete -CachePath $cache -Force
        $blob | Should -Exist
        Get-Temp $cache | Should -BeNullOrEmpty
    }

    It 'takes everything with -Force, without a second look' {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $removed = Remove-HubIncomplete -CachePath $cache -Force -PassThru
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 50
        @($removed | Where-Object Kind -EQ IncompleteFile).Count | Should -Be 4
        Get-Temp $cache | Should -BeNullOrEmpty
    }

    It 'keeps what is too young for its age to tell, without waiting for nothing' {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $kept = Remove-HubIncomplete -FullName $paths.Young -PassThru
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 50
        $kept.Kind | Should -Be 'Kept'
        $kept.Reason | Should -Not -BeNullOrEmpty
        $paths.Young | Should -Exist
    }

    It 'looks twice, a minute apart, at what only age can judge, and says so' {
        $null = Get-HubIncomplete -CachePath $cache
        Edit-FirstLook $paths.Old -SecondsAgo 50
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $pipeline = Start-Pipeline "Remove-HubIncomplete -FullName '$($paths.Old)', '$($paths.Young)' -PassThru -Verbose"
        try {
            Wait-Until { $pipeline.Shell.Streams.Progress.Count -gt 2 }
            if ($clock.Elapsed.TotalSeconds -lt 9) {
                $paths.Old | Should -Exist
            }
            $emitted = $pipeline.Shell.EndInvoke($pipeline.Handle)
            $paths.Old | Should -Not -Exist
            $paths.Young | Should -Exist
            ($emitted | Sort-Object Kind).Kind | Should -Be 'IncompleteFile', 'Kept'
            $pipeline.Shell.Streams.Verbose.Message -match 'a minute after the first look' | Should -Not -BeNullOrEmpty
            $progress = @($pipeline.Shell.Streams.Progress | Where-Object Activity -EQ 'Remove-HubIncomplete')
            $progress.Count | Should -BeGreaterThan 2
            $clock.Elapsed.TotalSeconds | Should -BeGreaterThan 9 -Because 'a minute is over only then'
            $progress[-1].RecordType | Should -Be 'Completed'
        }
        finally {
            $pipeline.Shell.Dispose()
        }
    }

    It 'stops at once while it waits for the second look' {
        $pipeline = Start-Pipeline "Remove-HubIncomplete -FullName '$($paths.Old)'"
        try {
            Wait-Until { $pipeline.Shell.Streams.Progress.Count -gt 0 }
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $pipeline.Shell.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 30
            $paths.Old | Should -Exist
        }
        finally {
            $pipeline.Shell.Dispose()
        }
    }

    It 'says what would go with -WhatIf, with sizes, and waits for nothing' {
        $lines = Invoke-Child "Remove-HubIncomplete solo -CachePath '$cache' -WhatIf"
        $lines | Should -Contain "What if: Performing the operation `"Remove 2 KB`" on target `"$($paths.Dead)`"."
        $lines | Should -Contain "What if: Performing the operation `"Remove 2 KB if a second look finds it dead`" on target `"$($paths.Old)`"."
        $paths.Values | Should -Exist
    }

    It 'refuses a minimum age under a minute without -Force' {
        $record = Get-ErrorOf { Remove-HubIncomplete -CachePath $cache -MinimumAge 0:00:30 }
        $record.FullyQualifiedErrorId | Should -Be 'InvalidOption,HubCache.PowerShell.RemoveHubIncompleteCommand'
        $record.CategoryInfo.Category | Should -Be 'InvalidArgument'
        $record.ErrorDetails.RecommendedAction | Should -Match 'Force'
        $paths.Values | Should -Exist
        { Remove-HubIncomplete demo/* -CachePath $cache -MinimumAge 0:00:30 -Force } | Should -Not -Throw
    }
}
