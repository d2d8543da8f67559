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
        $shown | Should -Match 'Error\s+CorruptBlob\s+verify/one'
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
        { Test-HubCache nope/nope -CachePath $cache -ErrorAction Stop } | Should -Throw -ErrorId 'NotCached,*'
        { Test-HubCache verify/one -Revision nope -CachePath $cache -ErrorAction Stop } | Should -Throw -ErrorId 'NotCached,*'
        Test-HubCache nope/nope -CachePath $cache -Quiet -ErrorAction SilentlyContinue | Should -BeFalse
        Test-HubCache nope/* -CachePath $cache -ErrorAction Stop | Should -BeNullOrEmpty
        Test-HubCache -CachePath (Join-Path $TestDrive none) -Quiet | Should -BeTrue
    }

    It 'does not call sound what it could not check: <What>' -ForEach @(
        @{ What = 'a file in the place of the cache'; With = { @{ CachePath = "$blob" } }; Id = 'InvalidOption' }
        @{ What = 'no repo id'; With = { @{ CachePath = $cache; RepoId = '../x' } }; Id = 'InvalidRepoId' }
        @{ What = 'a repo that is not there'; With = { @{ CachePath = $cache; RepoId = 'verify/none' } }; Id = 'NotCached' }
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
