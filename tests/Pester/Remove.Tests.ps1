BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $null = Add-FakeRepo test/remove @(@{ path = 'config.json'; text = '{}' }, @{ path = 'sub/model.bin'; size = 300000 })
    $null = Add-FakeRepo test/other @(@{ path = 'data[1].bin'; size = 100000; seed = 3 })
    $master = Join-Path $TestDrive 'master'
    $null = 'test/remove', 'test/other' | Save-HubFile -CachePath $master
}

Describe 'Remove-HubCache' {
    BeforeEach {
        $cache = Join-Path $TestDrive "cache $([guid]::NewGuid())"
        # The links of a cache are relative: a copy that keeps links is a cache again.
        if ($IsWindows) { $null = 'test/remove', 'test/other' | Save-HubFile -CachePath $cache } else { cp -a $master $cache }
        $repo = Join-Path $cache 'models--test--remove'
        $other = Join-Path $cache 'models--test--other'
    }

    It 'removes a repo, and says what it freed' {
        $removed = Remove-HubCache -PassThru test/remove -CachePath $cache
        $removed.Kind | Should -Be 'Repo'
        $removed.RepoId | Should -Be 'test/remove'
        $removed.BytesFreed | Should -Be 300002
        $repo | Should -Not -Exist
        $other | Should -Exist
        (Get-HubCache -CachePath $cache).Problems | Should -BeNullOrEmpty
    }

    It 'says under -WhatIf what would be freed, and removes and emits nothing' {
        $lines = Invoke-Child "Remove-HubCache test/* -CachePath '$cache' -WhatIf"
        $lines -replace 'accessed \d{4}-\d\d-\d\d \d\d:\d\d', 'accessed *' | Should -Be @(
            'What if: Performing the operation "Remove 97.7 KB, last accessed *" on target "model test/other".'
            'What if: Performing the operation "Remove 293 KB, last accessed *" on target "model test/remove".'
            'What if: Performing the operation "Remove 391 KB (400,002 bytes) in total" on target "2 items".')
        $repo, $other | Should -Exist
        Remove-HubCache test/* -CachePath $cache -WhatIf | Should -BeNullOrEmpty
    }

    It 'asks with -Confirm, and leaves what was refused' {
        $script = "Import-Module '$env:HUBCACHE_TEST_MODULE'; Remove-HubCache -PassThru test/* -CachePath '$cache' -Confirm | ForEach-Object RepoId"
        $lines = 'y', 'n' | & (Join-Path $PSHOME 'pwsh') -NoProfile -Command $script
        $lines -match '^Performing the operation' | Should -Be @(
            'Performing the operation "Remove 97.7 KB" on target "model test/other".'
            'Performing the operation "Remove 293 KB" on target "model test/remove".')
        $other | Should -Not -Exist
        $repo | Should -Exist
    }

    It 'refuses to remove everything by saying nothing: <_>' -ForEach '', '-RepoType Model', '-Keep x', '-Revision main', '-FileName x' {
        $fault = Get-ErrorOf ([scriptblock]::Create("Remove-HubCache $_ -CachePath '$cache'"))
        $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
        $fault.ErrorDetails.RecommendedAction | Should -BeLike '*-RepoId `**'
        $repo, $other | Should -Exist
    }

    It 'removes everything when that is said' {
        (Remove-HubCache -PassThru -RepoId * -CachePath $cache).Kind | Should -Be 'Repo', 'Repo'
        Get-HubCache -CachePath $cache | Should -BeNullOrEmpty
    }

    It 'reports what is not there, and goes on with the next' {
        $faults = @()
        $removed = 'test/none', 'test/other' | Remove-HubCache -PassThru -CachePath $cache -ErrorVariable faults -ErrorAction SilentlyContinue
        $faults.FullyQualifiedErrorId | Should -Be 'NotCached,HubCache.PowerShell.RemoveHubCacheCommand'
        $removed.RepoId | Should -Be 'test/other'
        Get-ErrorOf { Remove-HubCache test/remove -Revision none -CachePath $cache } | ForEach-Object FullyQualifiedErrorId | Should -BeLike 'NotCached,*'
    }

    It 'takes the repos of Get-HubCache' {
        (Get-HubCache test/other -CachePath $cache | Remove-HubCache -PassThru).Kind | Should -Be 'Repo'
        $other | Should -Not -Exist
        $repo | Should -Exist
    }

    It 'takes the revisions of Get-HubCache, with their refs' {
        Set-Content -LiteralPath (Join-Path $repo 'refs/v1') -Value (Get-Content -LiteralPath (Join-Path $repo 'refs/main') -Raw) -NoNewline
        $removed = Get-HubCache test/remove -CachePath $cache | Select-Object -ExpandProperty Revisions | Remove-HubCache -PassThru
        $removed.Kind | Should -Be 'Revision'
        $removed.BytesFreed | Should -Be 300002
        $repo | Should -Not -Exist
    }

    It 'takes the files of Save-HubFile, literally, from the cache they lie in' {
        $file = Save-HubFile test/other -CachePath $cache
        $removed = $file | Remove-HubCache -PassThru
        $removed.BytesFreed | Should -Be 100000
        $file.FullName | Should -Not -Exist
        $files = Save-HubFile test/remove -CachePath $cache
        ($files | Where-Object FileName -EQ 'config.json' | Remove-HubCache -PassThru).Kind | Should -Be 'File'
        $files[0].FullName, $files[1].FullName | Should -Not -Be $null
        Test-Path -LiteralPath ($files.FullName) | Sort-Object | Should -Be $false, $true
    }

    It 'does not take a repo for an incomplete file of it' {
        [System.IO.File]::WriteAllText((Join-Path $repo "blobs/$('a' * 64).free-0123456789ab.incomplete"), 'x')
        Get-ErrorOf { Get-HubIncomplete -CachePath $cache | Remove-HubCache -CachePath $cache } | ForEach-Object FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
        $repo | Should -Exist
    }

    It 'removes files by pattern, and the ref stays' {
        (Remove-HubCache -PassThru test/remove -Revision main -FileName sub/* -CachePath $cache).BytesFreed | Should -Be 300000
        (Save-HubFile test/remove config.json -CachePath $cache).Source | Should -Be 'Cache'
        (Save-HubFile test/remove sub/model.bin -CachePath $cache).Source | Should -Be 'Downloaded'
    }

    It 'removes detached revisions only' {
        Remove-HubCache -PassThru -Detached -CachePath $cache | Should -BeNullOrEmpty
        Remove-Item -LiteralPath (Join-Path $repo 'refs/main')
        (Remove-HubCache -PassThru -Detached -CachePath $cache).RepoId | Should -Be 'test/remove'
        $other | Should -Exist
    }

    It 'comes down to a size, the least recently used first, and keeps what is to be kept' {
        Get-ChildItem -LiteralPath (Join-Path $other 'blobs') | ForEach-Object { $_.LastWriteTime = $_.LastAccessTime = (Get-Date).AddDays(-9) }
        foreach ($size in 10GB, '10GB', '1.5 GB', '500 MiB', '1e9', ' 2t ') {
            Remove-HubCache -PassThru -KeepBytes $size -CachePath $cache | Should -BeNullOrEmpty
        }
        foreach ($size in '10 parsecs', '1,5GB', '9999PB', '1e28PB', '') {
            { Remove-HubCache -KeepBytes $size -CachePath $cache -WhatIf } | Should -Throw '*not a size*500MB*'
        }
        { Remove-HubCache -KeepBytes -1 -CachePath $cache } | Should -Throw '*KeepBytes*'
        (Remove-HubCache -KeepBytes 400000 -Keep test/other -CachePath $cache -WhatIf) | Should -BeNullOrEmpty
        (Remove-HubCache -PassThru -KeepBytes 400001 -CachePath $cache).RepoId | Should -Be 'test/other'
        (Remove-HubCache -PassThru -KeepBytes 0 -Keep test/r* -CachePath $cache) | Should -BeNullOrEmpty
        $repo | Should -Exist
    }

    It 'removes what was not used for long, and refuses a bare number' {
        Get-ChildItem -LiteralPath (Join-Path $other 'blobs') | ForEach-Object { $_.LastWriteTime = $_.LastAccessTime = (Get-Date).AddDays(-9) }
        (Remove-HubCache -PassThru -UnusedFor (New-TimeSpan -Days 3) -CachePath $cache).RepoId | Should -Be 'test/other'
        { Remove-HubCache -UnusedFor 30 -CachePath $cache } | Should -Throw '*New-TimeSpan*'
        $repo | Should -Exist
    }

    It 'fits a window of 100 columns' {
        $lines = (Remove-HubCache -PassThru test/* -CachePath $cache | Out-String -Width 100) -split '\r?\n'
        $lines | Where-Object Length -GT 100 | Should -BeNullOrEmpty
        $lines -match '^Kind\s+Freed Reason' | Should -Not -BeNullOrEmpty
    }

    It 'leaves alone what a download in another process works on' -Skip:$IsWindows {
        Add-FakeRepo test/busy @{ path = 'big.bin'; size = 60000000 }
        Add-Fault @{ kind = 'Stall'; bytes = 500000; pathContains = 'test/busy'; times = -1 }
        $child = Start-Process -FilePath (Join-Path $PSHOME 'pwsh') -PassThru -RedirectStandardOutput "$TestDrive/busy.out" -ArgumentList @(
            '-NoProfile', '-Command', "Import-Module '$env:HUBCACHE_TEST_MODULE'; Save-HubFile test/busy big.bin -CachePath '$cache' -OperationTimeoutSeconds 60")
        try {
            Wait-Until { Get-Temp $cache | Where-Object Length -GT 100000 } -Seconds 90
            $said = Remove-HubCache -PassThru test/busy -CachePath $cache
            $said.Kind | Select-Object -Unique | Should -Be 'Kept'
            Get-Temp $cache | Should -HaveCount 1
        }
        finally {
            $child.Kill()
            $child.WaitForExit()
            Clear-Fault
        }
        (Remove-HubCache -PassThru test/busy -CachePath $cache).Kind | Should -Be 'Repo'
        Join-Path $cache 'models--test--busy' | Should -Not -Exist
    }
}
