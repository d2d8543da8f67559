# The DSC resource, run as dsc runs it: by what its manifest says, from the manifest's folder, with JSON on stdin.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $manifest = Get-Content -LiteralPath (Join-Path $env:HUBCACHE_TEST_MODULE 'hubcache.snapshot.dsc.resource.json') -Raw | ConvertFrom-Json -AsHashtable
    $null = Add-FakeRepo dsc/repo @{ path = 'config.json'; text = '{ "a": 1 }' }, @{ path = 'weights.bin'; size = 400000 }, @{ path = 'old/weights.bin'; size = 300000; seed = 3 }

    function Invoke-Resource([string] $Operation, $Desired, [hashtable] $Environment = @{}) {
        $command = $manifest[$Operation]
        $start = [System.Diagnostics.ProcessStartInfo]::new($command.executable)
        $command.args | ForEach-Object { $start.ArgumentList.Add($_) }
        $start.WorkingDirectory = $env:HUBCACHE_TEST_MODULE
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $start.StandardOutputEncoding = $start.StandardErrorEncoding = $start.StandardInputEncoding = [System.Text.UTF8Encoding]::new($false)
        $Environment.Keys | ForEach-Object { $start.Environment[$_] = $Environment[$_] }
        $process = [System.Diagnostics.Process]::Start($start)
        $errors = $process.StandardError.ReadToEndAsync()
        $process.StandardInput.Write($Desired -is [string] ? $Desired : (ConvertTo-Json $Desired -Compress))
        $process.StandardInput.Close()
        $output = $process.StandardOutput.ReadToEnd()
        $process.WaitForExit()
        $lines = @($output -split "`n" | Where-Object { $_ })
        [pscustomobject]@{
            Code   = $process.ExitCode
            Lines  = $lines
            State  = $lines.Count -eq 1 ? ($lines[0] | ConvertFrom-Json -AsHashtable) : $null
            Errors = @($errors.Result -split "`n" | Where-Object { $_ } | ForEach-Object { $_ | ConvertFrom-Json -AsHashtable })
            Text   = $output + $errors.Result
        }
    }

    # What dsc does with every answer.
    function Assert-Schema($Answer) {
        $schema = $manifest.schema.embedded | ConvertTo-Json -Depth 9 | ConvertFrom-Json -AsHashtable
        $schema.properties._exist = @{ type = 'boolean' }
        $schema.properties._inDesiredState = @{ type = 'boolean' }
        $Answer.Code | Should -Be 0 -Because $Answer.Text
        $Answer.Lines | Should -HaveCount 1
        $Answer.Errors | Should -BeNullOrEmpty
        Test-Json -Json $Answer.Lines[0] -Schema ($schema | ConvertTo-Json -Depth 9) -ErrorAction Stop | Should -BeTrue
    }
}

Describe 'The manifest of HubCache/Snapshot' {
    It 'is one that dsc reads' {
        $manifest['$schema'] | Should -Be 'https://aka.ms/dsc/schemas/v3/bundled/resource/manifest.json'
        $manifest.type | Should -Match '^\w+(\.\w+){0,3}/\w+$'
        $manifest.version | Should -Be (Get-Module HubCache).Version.ToString()
        foreach ($operation in 'get', 'test', 'set', 'whatIf') {
            $manifest[$operation].executable | Should -Be 'pwsh'
            $manifest[$operation].input | Should -Be 'stdin'
            $manifest[$operation].args[-1] | Should -Be $operation
            Test-Path -LiteralPath (Join-Path $env:HUBCACHE_TEST_MODULE $manifest[$operation].args[-2]) | Should -BeTrue
        }
        $manifest.schema.embedded.required | Should -Be 'repoId'
        $manifest.schema.embedded.properties.Keys -match 'token' | Should -BeNullOrEmpty
    }
}

Describe 'A snapshot at a branch' {
    BeforeAll {
        $cache = Join-Path $TestDrive 'κρυφή [1]'
        $desired = @{ repoId = 'dsc/repo'; cachePath = $cache; exclude = @('old/*') }
    }

    It 'is not there at first, and asking makes nothing' {
        $get = Invoke-Resource get $desired
        Assert-Schema $get
        $get.State._exist | Should -BeFalse
        $get.State.cachePath | Should -Be $cache
        $test = Invoke-Resource test $desired
        Assert-Schema $test
        $test.State._inDesiredState | Should -BeFalse
        $whatIf = Invoke-Resource whatIf $desired
        Assert-Schema $whatIf
        $whatIf.State._exist | Should -BeTrue
        $whatIf.State._metadata.whatIf | Should -Be '2 of 2 files would be fetched, 400010 bytes.'
        Test-Path -LiteralPath $cache | Should -BeFalse
    }

    It 'is there once it was set, and is set again for one request' {
        $set = Invoke-Resource set $desired
        Assert-Schema $set
        $set.State._exist | Should -BeTrue
        $set.State.fileCount | Should -Be 2
        $set.State.size | Should -Be 400010
        Test-Path -LiteralPath (Join-Path $set.State.fullName weights.bin) | Should -BeTrue
        Test-Path -LiteralPath (Join-Path $set.State.fullName old) | Should -BeFalse
        $before = @(Get-Request dsc/repo).Count
        $again = Invoke-Resource set $desired
        Assert-Schema $again
        $again.Lines | Should -Be $set.Lines
        @(Get-Request dsc/repo).Count - $before | Should -BeLessOrEqual 1
        $test = Invoke-Resource test $desired
        Assert-Schema $test
        $test.State._inDesiredState | Should -BeTrue
    }

    It 'is not as desired once a file is lost' {
        Remove-Item -LiteralPath (Join-Path (Invoke-Resource get $desired).State.fullName config.json)
        $test = Invoke-Resource test $desired
        Assert-Schema $test
        $test.State._inDesiredState | Should -BeFalse
        $test.State.fileCount | Should -Be 1
        (Invoke-Resource set $desired).State._exist | Should -BeTrue
    }

    It 'is not as desired once the branch has moved' {
        $null = Add-FakeRepo dsc/moving @{ path = 'a.txt'; text = 'one' }
        $moving = @{ repoId = 'dsc/moving'; cachePath = $cache }
        (Invoke-Resource set $moving).State._exist | Should -BeTrue
        $null = Add-FakeRepo dsc/moving @{ path = 'a.txt'; text = 'two' }
        $test = Invoke-Resource test $moving
        $test.State._exist | Should -BeTrue
        $test.State._inDesiredState | Should -BeFalse
        $commit = (Invoke-Resource set $moving).State.commitHash
        $commit | Should -Not -Be $test.State.commitHash
        (Invoke-Resource test $moving).State._inDesiredState | Should -BeTrue
    }

    It 'keeps desired state if it is not to be there, and is not' {
        $test = Invoke-Resource test @{ repoId = 'dsc/other'; cachePath = $cache; _exist = $false }
        Assert-Schema $test
        $test.State._inDesiredState | Should -BeTrue
    }
}

Describe 'A snapshot at a commit' {
    It 'is tested without the network' {
        $cache = Join-Path $TestDrive 'pinned'
        $commit = (Find-HubFile dsc/repo config.json -CachePath $cache).CommitHash
        $desired = @{ repoId = 'dsc/repo'; cachePath = $cache; revision = $commit }
        (Invoke-Resource set $desired).State.fileCount | Should -Be 3
        $test = Invoke-Resource test $desired -Environment @{ HF_ENDPOINT = 'http://127.0.0.1:1' }
        Assert-Schema $test
        $test.State._inDesiredState | Should -BeTrue
        $set = Invoke-Resource set $desired -Environment @{ HF_ENDPOINT = 'http://127.0.0.1:1' }
        Assert-Schema $set
        $set.State._exist | Should -BeTrue
    }

    It 'is not taken for whole when only some files of it were fetched' {
        $cache = Join-Path $TestDrive 'part'
        $commit = (Save-HubFile dsc/repo config.json -CachePath $cache).CommitHash
        (Invoke-Resource get @{ repoId = 'dsc/repo'; cachePath = $cache; revision = $commit }).State._exist | Should -BeFalse
        (Invoke-Resource get @{ repoId = 'dsc/repo'; cachePath = $cache; revision = $commit; fileName = @('config.json') }).State._exist | Should -BeTrue
    }
}

Describe 'A snapshot that is asked for in another way' {
    BeforeAll {
        $null = Add-FakeRepo dsc/data @{ path = 'a.csv'; text = 'a,b' }, @{ path = 'more/b c.csv'; text = 'c' } -Type dataset
        $cache = Join-Path $TestDrive 'forms'
    }

    It 'is the same by <_>' -ForEach 'datasets/dsc/data', 'hf://datasets/dsc/data', 'https://huggingface.co/datasets/dsc/data' {
        $desired = @{ repoId = $_; cachePath = $cache }
        $set = Invoke-Resource set $desired
        Assert-Schema $set
        $set.State._exist | Should -BeTrue
        $set.State.repoId, $set.State.repoType, $set.State.revision, $set.State.fileCount | Should -Be $_, 'Dataset', 'main', 2
        $set.State.fullName | Should -Be (Join-Path $cache "datasets--dsc--data/snapshots/$($set.State.commitHash)")
        (Invoke-Resource test $desired).State._inDesiredState | Should -BeTrue
    }

    It 'is one file by the address of that' {
        $desired = @{ repoId = 'https://huggingface.co/datasets/dsc/data/blob/main/more/b%20c.csv'; cachePath = (Join-Path $TestDrive 'address') }
        (Invoke-Resource test $desired).State._inDesiredState | Should -BeFalse
        (Invoke-Resource set $desired).State.fileCount | Should -Be 1
        (Invoke-Resource test $desired).State._inDesiredState | Should -BeTrue
    }

    It 'is there when a cache in front has it' {
        $front = Join-Path $TestDrive 'front'
        $null = Save-HubFile dsc/repo -CachePath $front
        $environment = @{ HUBCACHE_READONLY_CACHES = $front }
        $desired = @{ repoId = 'dsc/repo'; cachePath = (Join-Path $TestDrive 'behind') }
        $get = Invoke-Resource get $desired -Environment $environment
        Assert-Schema $get
        $get.State._exist, $get.State.fileCount, $get.State.bytesMissing | Should -Be $true, 3, 0
        $get.State.fullName | Should -BeLike "$front*"
        (Invoke-Resource test $desired -Environment $environment).State._inDesiredState | Should -BeTrue
        (Invoke-Resource test $desired).State._inDesiredState | Should -BeFalse
    }
}

Describe 'What cannot be' {
    It 'ends in code <Code>, with one line of JSON on stderr and none on stdout: <Name>' -ForEach @(
        @{ Name = 'no JSON'; Operation = 'get'; Desired = '{nonsense'; Code = 2; Says = '*not JSON*' }
        @{ Name = 'nothing'; Operation = 'get'; Desired = ''; Code = 2; Says = '*not a JSON object*' }
        @{ Name = 'a list'; Operation = 'test'; Desired = '[1]'; Code = 2; Says = '*not a JSON object*' }
        @{ Name = 'no repo'; Operation = 'set'; Desired = @{ revision = 'main' }; Code = 2; Says = "*'repoId'*" }
        @{ Name = 'a bad id'; Operation = 'set'; Desired = @{ repoId = '../x' }; Code = 2; Says = 'InvalidRepoId: *' }
        @{ Name = 'a wrong kind'; Operation = 'set'; Desired = @{ repoId = 'dsc/repo'; fileName = 'a' }; Code = 2; Says = "*'fileName'*" }
        @{ Name = 'a relative cache'; Operation = 'set'; Desired = @{ repoId = 'dsc/repo'; cachePath = 'hub' }; Code = 2; Says = "*'cachePath'*" }
        @{ Name = 'a token'; Operation = 'set'; Desired = @{ repoId = 'dsc/repo'; token = 'hf_secretsecret' }; Code = 2; Says = '*HF_TOKEN*' }
        @{ Name = 'a removal'; Operation = 'set'; Desired = @{ repoId = 'dsc/repo'; _exist = $false }; Code = 2; Says = '*removes none*' }
        @{ Name = 'no such repo'; Operation = 'set'; Desired = @{ repoId = 'dsc/none' }; Code = 3; Says = 'RepoNotFound: *' }
        @{ Name = 'no such file'; Operation = 'set'; Desired = @{ repoId = 'dsc/repo'; fileName = @('none') }; Code = 3; Says = 'HubFileNotFound: *' }
    ) {
        if ($Desired -is [hashtable] -and -not $Desired.ContainsKey('cachePath')) {
            $Desired.cachePath = Join-Path $TestDrive 'refused'
        }
        $answer = Invoke-Resource $Operation $Desired
        $answer.Code | Should -Be $Code
        $answer.Lines | Should -BeNullOrEmpty
        $answer.Errors | Should -HaveCount 1
        $answer.Errors[0].error | Should -BeLike $Says
        $answer.Text | Should -Not -MatchExactly 'hf_'
        $manifest.exitCodes.Keys | Should -Contain "$Code"
    }

    It 'ends in code 4 where the cache cannot be written' {
        $file = Join-Path $TestDrive 'file'
        Set-Content -LiteralPath $file -Value 'x'
        $answer = Invoke-Resource set @{ repoId = 'dsc/repo'; cachePath = (Join-Path $file hub) }
        $answer.Code | Should -Be 4
        $answer.Errors[0].error | Should -BeLike 'CacheWriteFailed: *'
    }

    It 'never shows the token that the environment has' {
        $answer = Invoke-Resource set @{ repoId = 'demo/gated'; cachePath = (Join-Path $TestDrive gated) } -Environment @{ HF_TOKEN = 'hf_nogate' }
        $answer.Code | Should -Be 3
        $answer.Errors[0].error | Should -BeLike 'GatedRepo: *'
        $answer.Text | Should -Not -Match 'hf_nogate'
        $right = Invoke-Resource set @{ repoId = 'demo/gated'; cachePath = (Join-Path $TestDrive gated) } -Environment @{ HF_TOKEN = 'hf_demo' }
        Assert-Schema $right
        $right.Text | Should -Not -Match 'hf_demo'
    }
}
