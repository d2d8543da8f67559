BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $cache = Join-Path $TestDrive 'cache'
    $null = 'demo/tiny', 'solo' | Save-HubFile -FileName config.json -CachePath $cache
    $null = Save-HubFile demo/tiny config.json -Revision dev -CachePath $cache
    $null = Save-HubFile demo/data a.csv -RepoType Dataset -CachePath $cache
}

Describe 'Get-HubCache' {
    It 'lists the repos of a cache' {
        (Get-HubCache -CachePath $cache).RepoId | Sort-Object | Should -Be 'demo/data', 'demo/tiny', 'solo'
    }

    It 'lists the repos of the environment''s cache when none is named' {
        $env:HF_HUB_CACHE = $cache
        try {
            @(Get-HubCache).Count | Should -Be 3
        }
        finally {
            Remove-Item Env:HF_HUB_CACHE
        }
    }

    It 'says sizes, revisions and refs' {
        $repo = Get-HubCache demo/tiny -CachePath $cache
        $repo.FileCount | Should -Be 2
        $repo.Size | Should -BeGreaterThan 90
        $repo.Revisions.Count | Should -Be 2
        $repo.Revisions.Refs | Sort-Object | Should -Be 'dev', 'main'
        $repo.Problems | Should -BeNullOrEmpty
        $repo.CachePath | Should -Be $cache
    }

    It 'takes wildcards, in any case, and types' {
        (Get-HubCache DEMO/* -CachePath $cache).RepoId | Should -Be 'demo/tiny', 'demo/data'
        (Get-HubCache -RepoType Dataset -CachePath $cache).RepoId | Should -Be 'demo/data'
        (Get-HubCache demo/[t]* -CachePath $cache).RepoId | Should -Be 'demo/tiny'
        (Get-HubCache demo/TINY -CachePath $cache).RepoId | Should -Be 'demo/tiny'
    }

    It 'finds nothing for a wildcard without a match, and an error for an id that is not there' {
        Get-HubCache nope/* -CachePath $cache -ErrorAction Stop | Should -BeNullOrEmpty
        Get-HubCache -CachePath (Join-Path $TestDrive none) -ErrorAction Stop | Should -BeNullOrEmpty
        $faults = @()
        $found = 'nope/nope', 'solo' | Get-HubCache -CachePath $cache -ErrorVariable faults -ErrorAction SilentlyContinue
        $found.RepoId | Should -Be 'solo'
        $faults.FullyQualifiedErrorId | Should -Be 'NotCached,HubCache.PowerShell.GetHubCacheCommand'
    }

    It 'hides no repo behind a broken one' {
        $copy = Join-Path $TestDrive 'broken'
        $null = 'demo/tiny', 'solo' | Save-HubFile -FileName config.json -CachePath $copy
        Get-ChildItem -LiteralPath (Join-Path $copy 'models--demo--tiny/blobs') | Remove-Item
        Set-Content -LiteralPath (Join-Path $copy 'models--solo/refs/odd') -Value 'no commit' -NoNewline
        New-Item -ItemType Directory -Path (Join-Path $copy 'models--not--a--repo--id--') | Out-Null
        $repos = Get-HubCache -CachePath $copy -ErrorAction Stop
        $repos.RepoId | Should -Contain 'demo/tiny'
        $repos.RepoId | Should -Contain 'solo'
        ($repos | Where-Object RepoId -EQ demo/tiny).Problems | Should -Not -BeNullOrEmpty
        ($repos | Where-Object RepoId -EQ solo).Problems | Should -Not -BeNullOrEmpty
    }

    It 'fits a window of 100 columns, with sizes and counts in words' {
        $lines = (Get-HubCache -CachePath $cache | Out-String -Width 100) -split '\r?\n'
        $lines | Where-Object Length -GT 100 | Should -BeNullOrEmpty
        $lines -match '^RepoType RepoId\s+Size\s+Files Revisions LastModified\s+Problems' | Should -Not -BeNullOrEmpty
        $lines -match '^Model\s+demo/tiny\s+\d+ bytes\s+2\s+2 (just now|\d+ min ago)\s+0' | Should -Not -BeNullOrEmpty
    }

    It 'is plain in JSON' {
        $json = Get-HubCache solo -CachePath $cache | ConvertTo-Json -Depth 4 | ConvertFrom-Json
        $json.RepoType | Should -Be 'Model'
        $json.Revisions[0].Refs | Should -Be 'main'
        $json.psobject.Properties.Name | Should -Not -Contain 'SizeText'
    }

    It 'streams' {
        (Get-HubCache -CachePath $cache | Select-Object -First 1).RepoId | Should -Be 'demo/tiny'
    }
}

Describe 'From one cmdlet to the next' {
    It 'a repo goes into Save-HubFile, into the cache it came from' {
        $files = Get-HubCache demo/tiny -CachePath $cache | Save-HubFile -FileName README.md
        $files.FullName | Should -BeLike "$cache*README.md"
    }

    It 'its revisions go into Save-HubFile, each pinned' {
        $files = (Get-HubCache demo/tiny -CachePath $cache).Revisions | Save-HubFile -FileName README.md -WhatIf:$false
        $files.Count | Should -Be 2
        $files.CommitHash | Sort-Object | Should -Be ((Get-HubCache demo/tiny -CachePath $cache).Revisions.CommitHash | Sort-Object)
    }

    It 'a dataset stays a dataset' {
        (Get-HubCache demo/data -CachePath $cache | Save-HubFile -FileName a.csv).Source | Should -Be 'Cache'
        (Save-HubFile demo/data a.csv -RepoType Dataset -CachePath $cache | Get-HubCache -CachePath $cache).RepoId | Should -Be 'demo/data'
    }

    It 'a repo goes into Get-HubIncomplete and Remove-HubIncomplete' {
        $temp = Join-Path $cache "models--solo/blobs/$('a' * 64).free-0123456789ab.incomplete"
        Set-Content -LiteralPath $temp -Value 'half'
        (Get-HubCache solo -CachePath $cache | Get-HubIncomplete).FullName | Should -Be $temp
        Get-HubCache solo -CachePath $cache | Remove-HubIncomplete
        $temp | Should -Not -Exist
    }
}

Describe 'In a constrained session' {
    It 'the views work' {
        $lines = Invoke-Child "`$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'; Get-HubCache -CachePath '$cache' | Out-String -Width 100"
        $lines -match '^Model\s+demo/tiny\s+\d+ bytes' | Should -Not -BeNullOrEmpty
    }
}
