# Test-HubCache: what it finds, what it says of it, and that it asks nobody.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $null = Add-FakeRepo verify/one @(@{ path = 'config.json'; text = '{}' }, @{ path = 'sub/weights.bin'; size = 3000000 })

    function Save-Sound([string] $Name) {
        $path = Join-Path $TestDrive $Name
        $null = Save-HubFile verify/one -CachePath $path
        $path
    }

    function Write-Spoilt([string] $Path) {
        $bytes = [System.IO.File]::ReadAllBytes($Path)
        $bytes[10] = $bytes[10] -bxor 1
        [System.IO.File]::WriteAllBytes($Path, $bytes)
    }

    $cache = Save-Sound 'a [cache]'
    $blob = (Save-HubFile verify/one sub/weights.bin -CachePath $cache).BlobPath
}

Describe 'Test-HubCache' {
    It 'says nothing of a sound cache, and asks nobody' {
        $before = @(Invoke-FakeHub log).Count
        Test-HubCache -CachePath $cache | Should -BeNullOrEmpty
        Test-HubCache -CachePath $cache -Quiet | Should -BeExactly $true
        Test-HubCache verify/one -Quick -CachePath $cache | Should -BeNullOrEmpty
        @(Invoke-FakeHub log).Count | Should -Be $before
    }

    It 'finds a flipped bit, and says whose it is' {
        $spoilt = Save-Sound spoilt
        Write-Spoilt (Join-Path $spoilt "models--verify--one/blobs/$(Split-Path $blob -Leaf)")
        $problem = Test-HubCache -CachePath $spoilt
        $problem | Should -HaveCount 1
        $problem.Kind, $problem.Severity, $problem.RepoId, $problem.RepoType, $problem.Revision, $problem.FileName |
            Should -Be 'CorruptBlob', 'Error', 'verify/one', 'Model', 'main', 'sub/weights.bin'
        $problem.Repairable | Should -BeTrue
        $problem.CachePath | Should -Be $spoilt
        Test-HubCache -CachePath $spoilt -Quick | Should -BeNullOrEmpty
        $quiet = @(Test-HubCache -CachePath $spoilt -Quiet)
        $quiet | Should -HaveCount 1
        $quiet[0] | Should -BeExactly $false
    }

    It 'shows a problem in columns that fit, and as JSON in words' {
        $spoilt = Join-Path $TestDrive spoilt
        $shown = Test-HubCache -CachePath $spoilt | Out-String -Width 100
        $shown | Should -Match 'RepoId: verify/one[\s\S]+Error\s+CorruptBlob'
        $json = Test-HubCache -CachePath $spoilt | ConvertTo-Json | ConvertFrom-Json
        ($json.PSObject.Properties.Value | Where-Object { $null -ne $_ } | ForEach-Object { $_.GetType().Name } | Sort-Object -Unique) | Should -Be 'Boolean', 'String'
    }

    It 'does not count what nobody asked for as wrong' {
        $part = Join-Path $TestDrive part
        $null = Save-HubFile verify/one *.json -CachePath $part
        $problem = Test-HubCache -CachePath $part
        $problem.Kind, $problem.Severity | Should -Be 'MissingFile', 'Information'
        Test-HubCache -CachePath $part -Quiet | Should -BeTrue
    }

    It 'takes repos from the pipeline, and answers once when it is quiet' {
        $null = Save-HubFile solo config.json -CachePath $cache
        Get-HubCache -CachePath $cache | Test-HubCache | Should -BeNullOrEmpty
        @('verify/one', 'solo' | Test-HubCache -CachePath $cache -Quiet) | Should -Be @($true)
    }

    It 'says what is not there' {
        { Test-HubCache nope/nope -CachePath $cache -ErrorAction Stop } | Should -Throw -ErrorId 'CacheNotFound,*'
        { Test-HubCache verify/one -Revision nope -CachePath $cache -ErrorAction Stop } | Should -Throw -ErrorId 'NotCached,*'
        Test-HubCache nope/nope -CachePath $cache -Quiet -ErrorAction SilentlyContinue | Should -BeFalse
        Test-HubCache nope/* -CachePath $cache -ErrorAction Stop | Should -BeNullOrEmpty
        { Test-HubCache -CachePath (Join-Path $TestDrive none) -ErrorAction Stop } | Should -Throw -ErrorId 'CacheNotFound,*'
    }

    It 'answers exactly once when it is quiet, with no for what was not checked: <What>' -ForEach @(
        @{ What = 'a cache that is not there'; Call = { Test-HubCache -CachePath (Join-Path $TestDrive none) -Quiet }; Id = 'CacheNotFound' }
        @{ What = 'a cache on no drive'; Call = { Test-HubCache -CachePath nodrive:/x -Quiet }; Id = 'InvalidOption' }
        @{ What = 'a pattern that means nothing'; Call = { Test-HubCache nope/* -CachePath $cache -Quiet } }
        @{ What = 'a cache with nothing in it'; Call = { Test-HubCache -CachePath (New-Item -ItemType Directory (Join-Path $TestDrive nothing)) -Quiet } }
        @{ What = 'an empty pipeline'; Call = { @() | Test-HubCache -CachePath $cache -Quiet } }
        @{ What = 'a null among repos'; Call = { 'verify/one', $null | Test-HubCache -CachePath $cache -Quiet }; Id = 'InvalidRepoId' }
        @{ What = 'one repo of several'; Call = { 'verify/one', 'verify/none', 'verify/one' | Test-HubCache -CachePath $cache -Quiet }; Id = 'CacheNotFound' }
        @{ What = 'a cache in an object'; Call = { [pscustomobject]@{ RepoId = '*'; CachePath = (Join-Path $TestDrive none) } | Test-HubCache -Quiet }; Id = 'CacheNotFound' }
        @{ What = 'no lock file'; Call = { Test-HubCache -CachePath $cache -LockFile (Join-Path $TestDrive none.json) -Quiet }; Id = 'InvalidOption' }
        @{ What = 'a lock file beside a repo'; Call = { Test-HubCache verify/one -CachePath $cache -LockFile (Join-Path $TestDrive none.json) -Quiet }; Id = 'InvalidOption' }
    ) {
        $ErrorActionPreference = 'Continue'
        $why, $answer = @(& $Call 2>&1).Where({ $_ -is [System.Management.Automation.ErrorRecord] }, 'Split')
        @($answer) | Should -HaveCount 1
        $answer[0] | Should -BeExactly $false
        "$($why.FullyQualifiedErrorId)" -replace ',.*' | Should -Be "$Id"
    }

    It 'warns of a default cache that is not there, and says no when it is quiet' {
        $was = $env:HF_HUB_CACHE
        $env:HF_HUB_CACHE = Join-Path $TestDrive none
        try {
            Test-HubCache -WarningVariable warned -WarningAction SilentlyContinue -ErrorAction Stop | Should -BeNullOrEmpty
            $warned | Should -HaveCount 1
            $warned[0] | Should -BeLike '*not there*'
            $answer = @(Test-HubCache -Quiet -ErrorAction SilentlyContinue -ErrorVariable why)
            $answer | Should -Be @($false)
            $why.FullyQualifiedErrorId | Should -BeLike 'CacheNotFound,*'
        }
        finally {
            $env:HF_HUB_CACHE = $was
        }
    }

    It 'says how much it checked of a sound cache' {
        $said = Test-HubCache verify/one -CachePath $cache -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
        $said.Message | Should -BeLike 'Checked 1 repo with 2 names*2.86 MB in 2 files hashed*nothing is wrong.'
    }

    Context 'as the gate of an image' {
        BeforeAll {
            $lock = Join-Path $TestDrive gate.lock.json
            $sound = Save-Sound gate
            $null = Save-HubFile verify/one -CachePath $sound | Export-HubCache -CachePath $sound -LockFile $lock
        }

        It 'passes what the lock file names' {
            Test-HubCache -LockFile $lock -CachePath $sound -Quiet | Should -BeExactly $true
            Test-HubCache -LockFile $lock -CachePath $sound -Complete -Quiet | Should -BeExactly $true
            Test-HubCache -LockFile $lock -CachePath $sound | Should -BeNullOrEmpty
        }

        It 'does not pass a snapshot with one of its files' {
            $part = Join-Path $TestDrive gate-part
            $null = Save-HubFile verify/one config.json -CachePath $part
            Test-HubCache -LockFile $lock -CachePath $part -Quiet | Should -BeExactly $false
            $problem = Test-HubCache -LockFile $lock -CachePath $part
            $problem.Kind, $problem.Severity, $problem.FileName | Should -Be 'MissingFile', 'Error', 'sub/weights.bin'
        }

        It 'does not pass a file with other bytes, by link or by copy: <_>' -ForEach link, copy {
            $spoilt = Save-Sound "gate-$_"
            $name = (Save-HubFile verify/one sub/weights.bin -CachePath $spoilt).FullName
            if ($_ -eq 'copy') {
                $bytes = [System.IO.File]::ReadAllBytes($name)
                Remove-Item -LiteralPath $name
                [System.IO.File]::WriteAllBytes($name, $bytes)
                Test-HubCache -LockFile $lock -CachePath $spoilt -Quiet | Should -BeExactly $true
            }
            Write-Spoilt $name
            Test-HubCache -LockFile $lock -CachePath $spoilt -Quiet | Should -BeExactly $false
        }

        It 'does not pass another commit, nor no repo at all' {
            $empty = New-Item -ItemType Directory (Join-Path $TestDrive gate-empty)
            Test-HubCache -LockFile $lock -CachePath $empty -Quiet -ErrorAction SilentlyContinue -ErrorVariable why | Should -BeExactly $false
            $why.FullyQualifiedErrorId | Should -BeLike 'CacheNotFound,*'
        }

        It 'is complete by the listing alone' {
            $part = Join-Path $TestDrive gate-listed
            $null = Save-HubFile verify/one *.json -CachePath $part
            Test-HubCache -CachePath $part -Quiet | Should -BeExactly $true
            Test-HubCache -CachePath $part -Complete -Quiet | Should -BeExactly $false
            (Test-HubCache -CachePath $part -Complete).Severity | Should -Be Error
            Remove-Item (Join-Path $part 'models--verify--one/trees') -Recurse
            $said = @(Test-HubCache -CachePath $part -Complete -Quiet -Verbose 4>&1)
            $said | Where-Object { $_ -is [bool] } | Should -BeExactly $false
            "$said" | Should -BeLike '*has no listing of its commit*'
            (Test-HubCache -CachePath $part -Complete).Kind | Should -Be MissingTree
        }
    }

    It 'does not call sound what it could not check: <What>' -ForEach @(
        @{ What = 'a file in the place of the cache'; With = { @{ CachePath = "$blob" } }; Id = 'InvalidOption' }
        @{ What = 'no repo id'; With = { @{ CachePath = $cache; RepoId = '../x' } }; Id = 'InvalidRepoId' }
        @{ What = 'a repo that is not there'; With = { @{ CachePath = $cache; RepoId = 'verify/none' } }; Id = 'CacheNotFound' }
    ) {
        $parameters = & $With
        $answer = @(Test-HubCache @parameters -Quiet -ErrorAction SilentlyContinue -ErrorVariable why)
        $answer | Should -HaveCount 1
        $answer[0] | Should -BeExactly $false
        $why.FullyQualifiedErrorId | Should -BeLike "$Id,*"
    }

    It 'stops at once' -Skip:$IsWindows {
        $large = Join-Path $TestDrive large
        $null = Save-HubFile solo config.json -CachePath $large
        $name = 'a' * 64
        $file = [System.IO.File]::Create((Join-Path $large "models--solo/blobs/$name"))
        $file.SetLength(60GB)
        $file.Dispose()
        $pipeline = Start-Pipeline "Test-HubCache -CachePath '$large'"
        Start-Sleep -Seconds 1
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $pipeline.Shell.Stop()
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 5
        $pipeline.Shell.InvocationStateInfo.State | Should -Be Stopped
        $pipeline.Shell.Dispose()
    }
}
