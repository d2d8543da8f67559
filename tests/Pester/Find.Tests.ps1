BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $null = Add-FakeRepo test/find @{ path = 'a.txt'; text = 'old' }, @{ path = 'br[1].txt'; text = 'bracket' }, @{ path = 'model.bin'; size = 300000 }, @{ path = 'onnx/m.onnx'; size = 100000 }
    $cache = Join-Path $TestDrive 'cache'
}

Describe 'Find-HubFile' {
    It 'shows what the repo has, and writes nothing' {
        $found = Find-HubFile test/find -CachePath $cache
        $found.FileName | Should -Be a.txt, 'br[1].txt', model.bin, onnx/m.onnx
        $found | ForEach-Object Length | Should -Be 3, 7, 300000, 100000
        $found.IsCached | Should -Not -Contain $true
        $found.BytesMissing | Should -Be 3, 7, 300000, 100000
        $found[2].ETag | Should -Match '^[0-9a-f]{64}$'
        $found[0].ETag | Should -Match '^[0-9a-f]{40}$'
        $found.CommitHash | Select-Object -Unique | Should -Match '^[0-9a-f]{40}$'
        $cache | Should -Not -Exist
    }

    It 'is plain in JSON' {
        $json = Find-HubFile test/find a.txt -CachePath $cache | ConvertTo-Json | ConvertFrom-Json
        $json.psobject.Properties.Name | Should -Be RepoId, RepoType, Revision, CommitHash, FileName, Length, ETag, IsCached, BytesMissing
        $json.RepoType | Should -Be Model
        $json.Revision | Should -Be main
        $json.IsCached | Should -BeFalse
    }

    It 'takes patterns and -Exclude' {
        (Find-HubFile test/find *.txt, onnx/ -Exclude 'br[1].txt' -CachePath $cache).FileName | Should -Be a.txt, onnx/m.onnx
    }

    It 'is an error for what matches nothing: <_>' -ForEach '*.gguf', 'nope.txt' {
        $faults = @()
        Find-HubFile test/find $_ -CachePath $cache -ErrorVariable faults -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $? | Should -BeFalse
        $faults.FullyQualifiedErrorId | Should -Be 'HubFileNotFound,HubCache.PowerShell.FindHubFileCommand'
        $faults.TargetObject | Should -Be $_
    }

    It 'knows what is cached, and what a download that died left' {
        $null = Save-HubFile test/find a.txt -CachePath $cache
        $tag = (Find-HubFile test/find model.bin -CachePath $cache).ETag
        Set-Content -LiteralPath (Join-Path $cache "models--test--find/blobs/$tag.free-0123abcd.incomplete") -Value ('x' * 100000) -NoNewline
        $found = Find-HubFile test/find -CachePath $cache
        $found.IsCached | Should -Be $true, $false, $false, $false
        $found.BytesMissing | Should -Be 0, 7, 200000, 100000
        Remove-Item -LiteralPath (Join-Path $cache "models--test--find/blobs/$tag.free-0123abcd.incomplete")
    }

    It 'piped into Save-HubFile brings exactly that, at that commit' {
        $found = Find-HubFile test/find *.txt, model.bin -CachePath $cache
        $null = Invoke-FakeHub commits -Method Post -Body @{ repo = 'test/find'; branch = 'main'; files = @(@{ path = 'a.txt'; text = 'new' }, @{ path = 'more.txt'; text = 'more' }) }
        $saved = $found | Save-HubFile -CachePath "$cache-piped"
        $saved.FileName | Should -Be a.txt, 'br[1].txt', model.bin
        $saved.CommitHash | Select-Object -Unique | Should -Be $found[0].CommitHash
        Get-Content -LiteralPath $saved[0].FullName | Should -Be old
        (Find-HubFile test/find a.txt -CachePath $cache).CommitHash | Should -Not -Be $found[0].CommitHash
    }

    It 'answers from the cache offline, and says what it does not know' {
        $warnings = $faults = @()
        $null = Save-HubFile test/find -CachePath "$cache-off"
        $found = Find-HubFile test/find -CachePath "$cache-off" -Offline -WarningVariable warnings -WarningAction SilentlyContinue
        $found.IsCached | Select-Object -Unique | Should -Be $true
        $warnings.Count | Should -Be 1
        Find-HubFile test/find -CachePath (Join-Path $TestDrive 'none') -Offline -ErrorVariable faults -ErrorAction SilentlyContinue
        $faults.FullyQualifiedErrorId | Should -BeLike 'OfflineNotCached,*'
    }

    It 'fits a window of 100 columns' {
        $lines = (Find-HubFile test/find -CachePath $cache | Out-String -Width 100) -split '\r?\n'
        $lines | Where-Object Length -GT 100 | Should -BeNullOrEmpty
        $lines -match 'Length IsCached\s+Missing FileName' | Should -Not -BeNullOrEmpty
        $lines -match '293 KB False\s+293 KB model\.bin' | Should -Not -BeNullOrEmpty
    }
}
