BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $null = Add-FakeRepo look/up @(@{ path = 'config.json'; text = '{}' }, @{ path = 'sub/model[1].bin'; size = 4000 }, @{ path = 'sub/notes.txt'; text = 'n' })
    $null = Add-FakeRepo look/data @{ path = 'a.csv'; text = 'a,b' } -Type dataset
    $cache = Join-Path $TestDrive 'the [cache]'
    $null = Save-HubFile look/up -CachePath $cache
    $null = Save-HubFile look/data a.csv -RepoType Dataset -CachePath $cache
    $snapshot = Split-Path (Get-HubFile look/up config.json -CachePath $cache).FullName
}

Describe 'Get-HubFile' {
    It 'says where a file is, as Save-HubFile does' {
        $saved = Save-HubFile look/up config.json -CachePath $cache
        $file = Get-HubFile look/up config.json -CachePath $cache
        $file | Should -BeOfType HubCache.CachedFile
        foreach ($property in 'RepoId', 'RepoType', 'Revision', 'CommitHash', 'FileName', 'FullName', 'PSPath', 'SnapshotPath', 'BlobPath', 'Length', 'ETag', 'Source', 'BytesDownloaded') {
            $file.$property | Should -Be $saved.$property -Because $property
        }
        $file.Verification | Should -Be Size
    }

    It 'asks the Hub nothing and writes nothing' {
        $before = Get-ChildItem -LiteralPath $cache -Recurse -Force | ForEach-Object { "$($_.FullName) $($_.LastWriteTimeUtc.Ticks)" }
        $requests = @(Get-Request -PathContains look/up).Count
        Get-HubFile look/up -CachePath $cache | Should -HaveCount 3
        Get-HubFile look/up none.txt -CachePath $cache -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        @(Get-Request -PathContains look/up).Count | Should -Be $requests
        Get-ChildItem -LiteralPath $cache -Recurse -Force | ForEach-Object { "$($_.FullName) $($_.LastWriteTimeUtc.Ticks)" } | Should -Be $before
    }

    It 'warns of nothing and hashes nothing' {
        $warnings = @()
        $null = Get-HubFile look/up -CachePath $cache -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
    }

    It 'takes the snapshot, names, folders and patterns' {
        (Get-HubFile look/up -CachePath $cache).FileName | Should -Be 'config.json', 'sub/model[1].bin', 'sub/notes.txt'
        (Get-HubFile look/up sub/ -CachePath $cache).FileName | Should -Be 'sub/model[1].bin', 'sub/notes.txt'
        (Get-HubFile look/up 'sub/model[1].bin', *.json -CachePath $cache).FileName | Should -Be 'sub/model[1].bin', 'config.json'
    }

    It 'goes on into Get-Item and Get-FileHash, whatever is in the name' {
        $file = Get-HubFile look/up 'sub/model[1].bin' -CachePath $cache
        ($file | Get-Item).FullName | Should -Be $file.FullName
        ($file | Get-FileHash).Hash | Should -Be $file.ETag
    }

    It 'takes what other cmdlets emit' {
        (Get-HubCache look/up -CachePath $cache | Get-HubFile -FileName config.json).FullName | Should -Be (Join-Path $snapshot config.json)
        ((Get-HubCache look/up -CachePath $cache).Revisions | Get-HubFile).Count | Should -Be 3
        (Find-HubFile look/up -CachePath $cache | Get-HubFile -CachePath $cache).Count | Should -Be 3
        (Get-HubFile look/data -RepoType Dataset -CachePath $cache | Get-HubFile -CachePath $cache).RepoType | Should -Be Dataset
    }

    It 'tells a file that is not there from one that the repo does not have' {
        $faults = @()
        $null = Get-HubFile look/up none.txt, config.json -CachePath $cache -ErrorVariable faults -ErrorAction SilentlyContinue
        $faults.FullyQualifiedErrorId | Should -Be 'HubFileNotFound,HubCache.PowerShell.GetHubFileCommand'
        $null = Get-HubFile look/nothing a.txt -CachePath $cache -ErrorVariable faults -ErrorAction SilentlyContinue
        $faults[0].FullyQualifiedErrorId | Should -Be 'NotCached,HubCache.PowerShell.GetHubFileCommand'
        $faults[0].CategoryInfo.Category | Should -Be ObjectNotFound
        $faults[0].ErrorDetails.RecommendedAction | Should -BeLike '*Save-HubFile*'
    }

    It 'knows from an earlier question that a file does not exist' {
        $own = Join-Path $TestDrive 'noexist'
        $null = Save-HubFile look/up config.json -CachePath $own
        (Get-ErrorOf { Get-HubFile look/up none.txt -CachePath $own }).FullyQualifiedErrorId | Should -BeLike 'NotCached,*'
        $null = Save-HubFile look/up none.txt -CachePath $own -ErrorAction SilentlyContinue
        (Get-ErrorOf { Get-HubFile look/up none.txt -CachePath $own }).FullyQualifiedErrorId | Should -BeLike 'HubFileNotFound,*'
    }

    It 'says once what a snapshot lacks, after what it has' {
        $own = Join-Path $TestDrive 'lacking'
        $null = Save-HubFile look/up -CachePath $own
        Remove-Item -LiteralPath (Get-HubFile look/up config.json -CachePath $own).FullName
        $faults = @()
        (Get-HubFile look/up -CachePath $own -ErrorVariable faults -ErrorAction SilentlyContinue).Count | Should -Be 2
        $faults | Should -HaveCount 1
        "$faults" | Should -BeLike "*lacks 1 of the 3 files*'config.json'*"
    }

    It 'stops at -First' {
        Get-HubFile look/up -CachePath $cache | Select-Object -First 1 -ExpandProperty FileName | Should -Be config.json
    }

    It 'does without a home folder when the cache is named' {
        Invoke-Child "`$env:HOME = ''; `$env:HF_ENDPOINT = 'nonsense'; (Get-HubFile look/up config.json -CachePath '$cache').FileName" | Should -Be config.json
    }
}
