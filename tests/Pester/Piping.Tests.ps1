BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
}

Describe 'What is piped in' {
    BeforeAll {
        $cache = Join-Path $TestDrive 'cache'
        $dev = Save-HubFile demo/tiny config.json -Revision dev -CachePath $cache
        $main = Save-HubFile demo/tiny config.json -CachePath $cache
        $ref = Join-Path $cache 'models--demo--tiny/refs/main'
    }

    It 'pins its commit and moves no ref' {
        $dev.CommitHash | Should -Not -Be $main.CommitHash
        ($dev | Save-HubFile -FileName README.md -CachePath $cache).CommitHash | Should -Be $dev.CommitHash
        Save-HubFile demo/tiny README.md -CommitHash $dev.CommitHash -CachePath $cache | Should -Not -BeNullOrEmpty
        Get-Content -LiteralPath $ref -Raw | Should -Be $main.CommitHash
    }

    It 'has no revision of the record before it' {
        $records = [pscustomobject]@{ RepoId = 'solo'; FileName = 'config.json'; Revision = 'main' },
        [pscustomobject]@{ RepoId = 'demo/tiny'; FileName = 'config.json'; CommitHash = $dev.CommitHash }
        ($records | Save-HubFile -CachePath $cache).Revision | Should -Be 'main', $dev.CommitHash
        Get-Content -LiteralPath $ref -Raw | Should -Be $main.CommitHash
    }

    It 'may have an empty cell for what it does not say' {
        $row = [pscustomobject]@{ RepoId = 'solo'; FileName = 'config.json'; Revision = ''; CommitHash = '' }
        ($row | Save-HubFile -CachePath $cache).Revision | Should -Be 'main'
    }

    It 'is refused with a repo type that is none: <_>' -ForEach 'Dataste', 9 {
        $row = [pscustomobject]@{ RepoId = 'demo/tiny'; FileName = 'config.json'; RepoType = $_ }
        $row | Save-HubFile -CachePath $cache -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem.FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
        { $row | Remove-HubIncomplete -CachePath $cache -Force -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidOption,*'
    }

    It 'may be any object with a FullName, for Remove-HubIncomplete' -ForEach @(
        @{ Pipe = { Get-HubIncomplete -CachePath $cache | Select-Object FullName } }
        @{ Pipe = { Get-ChildItem -LiteralPath $cache -Recurse -Filter *.incomplete } }
        @{ Pipe = { Get-HubCache -CachePath $cache } }
    ) {
        $temp = Join-Path $cache "models--demo--tiny/blobs/$('a' * 40).free-0123abcd.incomplete"
        Set-Content -LiteralPath $temp -Value 'part'
        (& $Pipe | Remove-HubIncomplete -PassThru -ErrorAction Stop).FullName | Should -Be $temp
        Test-Path -LiteralPath $temp | Should -BeFalse
    }
}

Describe 'What comes out' {
    It 'has revisions that can be counted and indexed' {
        $cache = Join-Path $TestDrive 'indexed'
        $null = Save-HubFile demo/tiny config.json -CachePath $cache
        $null = Save-HubFile demo/tiny config.json -CachePath $cache -Revision dev
        $repo = Get-HubCache demo/tiny -CachePath $cache
        $repo.Revisions.Count | Should -Be 2
        $repo.Revisions[0].CommitHash | Should -BeOfType [string]
        $repo.Revisions[-1].CommitHash | Should -Not -Be $repo.Revisions[0].CommitHash
    }
}

Describe 'What cannot be used' {
    It 'is an error with an id: <_>' -ForEach @(
        'Save-HubFile solo config.json -Proxy ftp://127.0.0.1:9'
        'Save-HubFile solo config.json -CachePath "a`0b"'
        "Get-HubCache '['"
        "Get-HubIncomplete 'a['"
        "Remove-HubIncomplete 'a[b'"
    ) {
        [scriptblock]::Create("$_ -ErrorAction Stop") | Should -Throw -ErrorId 'Invalid*'
    }

    It 'does not matter when a parameter is given in its place' {
        $env:HF_HUB_ETAG_TIMEOUT = 'soon'
        try {
            Save-HubFile solo config.json -CachePath (Join-Path $TestDrive 'timeouts') -ConnectionTimeoutSeconds 5 | Should -Not -BeNullOrEmpty
        }
        finally {
            Remove-Item Env:HF_HUB_ETAG_TIMEOUT
        }
    }

    It 'is not a path with brackets: the module can lie there' {
        $folder = Join-Path $TestDrive 'a [b] c'
        $null = New-Item -ItemType Directory -Path $folder
        Copy-Item -LiteralPath $env:HUBCACHE_TEST_MODULE -Destination (Join-Path $folder 'HubCache') -Recurse
        & (Join-Path $PSHOME 'pwsh') -NoProfile -Command "Import-Module '$folder/HubCache/HubCache.psd1' -ErrorAction Stop; (Get-Command -Module HubCache).Count" | Should -Be (Get-Command -Module HubCache).Count
    }
}
