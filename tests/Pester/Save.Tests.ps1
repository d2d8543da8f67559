BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
}

Describe 'Save-HubFile' {
    BeforeAll {
        $cache = Join-Path $TestDrive 'cache'
    }

    It 'brings a file into the cache, by the hash that is its name' {
        $file = Save-HubFile demo/tiny weights.safetensors -CachePath $cache
        $file.Source | Should -Be 'Downloaded'
        $file.Verification | Should -Be 'Sha256'
        $file.Length | Should -Be 12000000
        $file.BytesDownloaded | Should -Be 12000000
        $file.CommitHash | Should -Match '^[0-9a-f]{40}$'
        (Get-FileHash -LiteralPath $file.FullName).Hash | Should -Be $file.ETag
        Split-Path -Leaf $file.BlobPath | Should -Be $file.ETag
        Get-Content -LiteralPath (Join-Path $cache 'models--demo--tiny/refs/main') -Raw | Should -Be $file.CommitHash
        Get-Temp $cache | Should -BeNullOrEmpty
    }

    It 'does not fetch again what is there' {
        $file = Save-HubFile demo/tiny weights.safetensors -CachePath $cache
        $file.Source | Should -Be 'Cache'
        $file.BytesDownloaded | Should -Be 0
    }

    It 'fetches again with -Force' {
        (Save-HubFile demo/tiny weights.safetensors -CachePath $cache -Force).Source | Should -Be 'Downloaded'
    }

    It 'emits one object for each name, in the order of the names' {
        $names = 'weights.safetensors', 'config.json', 'README.md', 'config.json'
        (Save-HubFile demo/tiny $names -CachePath (Join-Path $TestDrive 'order')).FileName | Should -Be $names
    }

    It 'emits in the order of the pipeline, whoever comes first' {
        Add-FakeRepo test/slow @{ path = 'config.json'; text = '{ "slow": 1 }' }
        Add-Fault @{ kind = 'Delay'; pathContains = 'test/slow'; milliseconds = 700 }
        $files = 'test/slow', 'solo', 'demo/tiny' | Save-HubFile -FileName config.json -CachePath (Join-Path $TestDrive 'order2')
        $files.RepoId | Should -Be 'test/slow', 'solo', 'demo/tiny'
    }

    It 'takes the other kinds of repo' {
        (Save-HubFile demo/data sub/dir/b.csv -RepoType Dataset -CachePath $cache).FullName | Should -BeLike '*datasets--demo--data*b.csv'
        (Save-HubFile demo/space app.py -RepoType space -CachePath $cache).RepoType | Should -Be 'Space'
    }

    It 'takes a branch, a tag, a PR ref and a commit' {
        $main = Save-HubFile demo/tiny config.json -CachePath $cache
        (Save-HubFile demo/tiny config.json -Revision dev -CachePath $cache).CommitHash | Should -Not -Be $main.CommitHash
        (Save-HubFile demo/tiny config.json -Revision v1.0 -CachePath $cache).CommitHash | Should -Be $main.CommitHash
        (Save-HubFile demo/tiny README.md -Revision refs/pr/1 -CachePath $cache).CommitHash | Should -Not -Be $main.CommitHash
        $pinned = Save-HubFile demo/tiny config.json -Revision $main.CommitHash -CachePath $cache
        $pinned.CommitHash | Should -Be $main.CommitHash
    }

    It 'lets the CommitHash of a piped object win over what the revision stands for now' {
        Add-FakeRepo test/moves @{ path = 'a.txt'; text = 'old' }, @{ path = 'b.txt'; text = 'old b' }
        $old = Save-HubFile test/moves a.txt -CachePath $cache
        $null = Invoke-FakeHub -Route commits -Method Post -Body @{ repo = 'test/moves'; branch = 'main'; files = @(@{ path = 'a.txt'; text = 'new' }, @{ path = 'b.txt'; text = 'new b' }) }
        $b = $old | Select-Object RepoId, RepoType, Revision, CommitHash, @{ n = 'FileName'; e = { 'b.txt' } } | Save-HubFile -CachePath $cache
        $b.CommitHash | Should -Be $old.CommitHash
        $b.Revision | Should -Be 'main'
        Get-Content -LiteralPath $b.FullName | Should -Be 'old b'
        (Save-HubFile test/moves b.txt -CachePath $cache).CommitHash | Should -Not -Be $old.CommitHash
    }

    It 'fetches nothing when nothing is piped' {
        @() | Save-HubFile -FileName config.json -CachePath (Join-Path $TestDrive 'nothing') | Should -BeNullOrEmpty
        Join-Path $TestDrive 'nothing' | Should -Not -Exist
    }

    It 'asks for each file once, however often it is piped' {
        Add-FakeRepo test/once @{ path = 'a.bin'; size = 100000 }
        $files = 1..5 | ForEach-Object { 'test/once' } | Save-HubFile -FileName a.bin -CachePath $cache
        $files.Count | Should -Be 5
        @(Get-Request test/once | Where-Object method -EQ HEAD).Count | Should -Be 1
    }

    It 'serves hits offline, and from HF_HUB_OFFLINE unless -Offline:$false' {
        (Save-HubFile demo/tiny config.json -CachePath $cache -Offline).Source | Should -Be 'Cache'
        $env:HF_HUB_OFFLINE = '1'
        try {
            Get-ErrorOf { Save-HubFile solo config.json -CachePath $cache } | ForEach-Object FullyQualifiedErrorId | Should -BeLike 'OfflineNotCached,*'
            Save-HubFile solo config.json -CachePath $cache -Offline:$false | Should -Not -BeNullOrEmpty
        }
        finally {
            Remove-Item Env:HF_HUB_OFFLINE
        }
    }

    It 'lets -Endpoint win over an HF_ENDPOINT that is of no use' {
        $endpoint = $env:HF_ENDPOINT
        $env:HF_ENDPOINT = 'not an address'
        try {
            Get-ErrorOf { Save-HubFile solo config.json -CachePath $cache } | ForEach-Object FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
            Save-HubFile solo config.json -CachePath $cache -Endpoint $endpoint | Should -Not -BeNullOrEmpty
        }
        finally {
            $env:HF_ENDPOINT = $endpoint
        }
    }

    It 'warns once, although many files are answered from an old ref' {
        $null = Save-HubFile demo/tiny config.json, README.md -CachePath $cache
        $warnings = @()
        $files = 'demo/tiny', 'demo/tiny' | Save-HubFile -FileName config.json, README.md -CachePath $cache -Endpoint http://127.0.0.1:1 -MaximumRetryCount 0 -WarningVariable warnings -WarningAction SilentlyContinue
        $files.Count | Should -Be 4
        $warnings.Count | Should -Be 1
    }

    It 'tells its decisions to the verbose stream' {
        Add-FakeRepo test/talk @{ path = 'a.bin'; size = 3000000 }
        Add-Fault @{ kind = 'ResetAfter'; pathContains = 'test/talk'; bytes = 1000000 }
        $notes = Save-HubFile test/talk a.bin -CachePath $cache -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
        $notes.Count | Should -BeGreaterThan 1
    }
}

Describe 'Names and paths' {
    It 'keeps <_>, and hands it over literally' -ForEach 'br[1].txt', 'with space.txt', 'ünïcode-日本.txt', 'hash#1.txt', '100%25.txt', 'a+b&c=d.txt', 'deep/er/file (1).txt', 'lfs [2] ü.bin' {
        $file = Save-HubFile demo/names $_ -CachePath (Join-Path $TestDrive 'names')
        $file.FileName | Should -Be $_
        ($file | Get-Item).FullName | Should -Be $file.FullName
        ($file | Get-FileHash).Path | Should -Be $file.FullName
        $file | Copy-Item -Destination $TestDrive
        Test-Path -LiteralPath (Join-Path $TestDrive (Split-Path -Leaf $file.FullName)) | Should -BeTrue
    }

    It 'takes -CachePath relative to the location, not to the process' {
        Push-Location -LiteralPath $TestDrive
        try {
            (Save-HubFile solo config.json -CachePath ./rel[1]).FullName | Should -BeLike ([wildcardpattern]::Escape((Join-Path $TestDrive 'rel[1]')) + '*')
        }
        finally {
            Pop-Location
        }
    }

    It 'takes -CachePath on a drive of PowerShell' {
        $null = New-PSDrive -Name HubTest -PSProvider FileSystem -Root $TestDrive
        (Save-HubFile solo config.json -CachePath HubTest:/drive).FullName | Should -BeLike "$TestDrive*drive*"
    }

    It 'refuses a -CachePath that is no path of the file system: <_>' -ForEach 'Env:/x', 'NoSuchDrive:/x', 'NoSuchProvider::/x' {
        $path = $_
        $fault = Get-ErrorOf { Save-HubFile solo config.json -CachePath $path }
        $fault.FullyQualifiedErrorId | Should -Be 'InvalidOption,HubCache.PowerShell.SaveHubFileCommand'
        $fault.TargetObject | Should -Be $path
    }

    It 'refuses a relative -CachePath at a location that is not in the file system' {
        Push-Location Env:
        try {
            Get-ErrorOf { Save-HubFile solo config.json -CachePath x } | ForEach-Object FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
        }
        finally {
            Pop-Location
        }
    }

    It 'needs no home folder when -CachePath is given' {
        $lines = Invoke-Child "Remove-Item Env:HOME, Env:HF_HOME; (Save-HubFile solo config.json -CachePath '$TestDrive/homeless').Source"
        $lines | Should -Contain 'Downloaded'
    }
}

Describe 'What flows out' {
    BeforeAll {
        $cache = Join-Path $TestDrive 'out'
        $file = Save-HubFile demo/tiny config.json -CachePath $cache
    }

    It 'is plain in JSON' {
        $json = $file | ConvertTo-Json | ConvertFrom-Json
        $json.RepoType | Should -Be 'Model'
        $json.Source | Should -Be 'Downloaded'
        $json.psobject.Properties.Name | Should -Not -Contain 'LengthText'
    }

    It 'has a PSPath and no Path' {
        $file.PSPath | Should -Be "Microsoft.PowerShell.Core\FileSystem::$($file.FullName)"
        $file.psobject.Properties.Name | Should -Not -Contain 'Path'
    }

    It 'goes back in' {
        $again = $file | Save-HubFile -CachePath $cache
        $again.FullName | Should -Be $file.FullName
        $again.Source | Should -Be 'Cache'
    }

    It 'fits a window of 100 columns' {
        $lines = ($file | Out-String -Width 100) -split '\r?\n'
        $lines | Where-Object Length -GT 100 | Should -BeNullOrEmpty
        $lines -match '^Source\s+Length FileName' | Should -Not -BeNullOrEmpty
        $lines -match '^Downloaded\s+48 bytes config\.json' | Should -Not -BeNullOrEmpty
    }
}

Describe 'Sizes for people' {
    It 'shows <Bytes> as <Text>' -ForEach @(
        @{ Bytes = 0; Text = '0 bytes' }, @{ Bytes = 999; Text = '999 bytes' }, @{ Bytes = 1024; Text = '1 KB' }, @{ Bytes = 1000; Text = '0.98 KB' }
        @{ Bytes = 64mb; Text = '64 MB' }, @{ Bytes = 1.25gb; Text = '1.25 GB' }, @{ Bytes = 999.6kb; Text = '0.98 MB' }, @{ Bytes = 12.5tb; Text = '12.5 TB' }
    ) {
        [HubCache.PowerShell.Formatting.SizeText]::Of($Bytes) | Should -Be $Text
    }
}
