BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $files = @{ path = '.gitattributes'; text = '*.bin lfs' }, @{ path = 'br1.txt'; text = 'one' }, @{ path = 'br[1].txt'; text = 'bracket' },
        @{ path = 'config.json'; text = '{}' }, @{ path = 'empty.txt'; text = '' }, @{ path = 'model.bin'; size = 300000 },
        @{ path = 'onnx/config.json'; text = '{ "onnx": 1 }' }, @{ path = 'onnx/deep/model.onnx'; size = 100000 }
    $null = Add-FakeRepo test/snapshot $files
    $paths = $files.path
}

AfterAll {
    Clear-Fault
}

Describe 'Save-HubFile without names' {
    BeforeAll {
        $cache = Join-Path $TestDrive 'whole'
    }

    It 'saves the snapshot, in the order of the paths' {
        $saved = Save-HubFile test/snapshot -CachePath $cache
        $? | Should -BeTrue
        $saved.FileName | Should -Be $paths
        $saved.Source | Should -Be (@('Downloaded') * 8)
        $saved | ForEach-Object { Test-Path -LiteralPath $_.FullName } | Should -Not -Contain $false
        Get-Content -LiteralPath (Join-Path $cache models--test--snapshot/refs/main) | Should -Be $saved[0].CommitHash
        Join-Path $cache "models--test--snapshot/trees/$($saved[0].CommitHash).json" | Should -Exist
        Get-Temp $cache | Should -BeNullOrEmpty
    }

    It 'asks one thing by branch when it is complete, and nothing by commit' {
        $null = Invoke-FakeHub log -Method Delete
        $saved = Save-HubFile test/snapshot -CachePath $cache
        $saved.Source | Should -Be (@('Cache') * 8)
        @(Get-Request test/snapshot).Count | Should -Be 1
        (Save-HubFile test/snapshot -Revision $saved[0].CommitHash -CachePath $cache).Count | Should -Be 8
        ($saved | Save-HubFile -CachePath $cache).Count | Should -Be 8
        @(Get-Request test/snapshot).Count | Should -Be 1
    }

    It 'is answered offline, whole or with an error for each file that is missing' {
        $faults = $warnings = @()
        (Save-HubFile test/snapshot -Offline -CachePath $cache -WarningVariable warnings -WarningAction SilentlyContinue).Count | Should -Be 8
        $warnings.Count | Should -Be 1
        Copy-Item -LiteralPath $cache -Destination "$cache-cut" -Recurse
        Get-ChildItem "$cache-cut/models--test--snapshot/snapshots/*" | ForEach-Object { Remove-Item -LiteralPath (Join-Path $_ onnx/config.json), (Join-Path $_ model.bin) }
        $saved = Save-HubFile test/snapshot -Offline -CachePath "$cache-cut" -ErrorVariable faults -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
        $? | Should -BeFalse
        $saved.Count | Should -Be 6
        $faults.FullyQualifiedErrorId | Should -Be (@('OfflineNotCached,HubCache.PowerShell.SaveHubFileCommand') * 2)
        $faults.TargetObject | Should -Be model.bin, onnx/config.json
    }

    It 'is one error for a repo that there is none of' {
        $faults = @()
        Save-HubFile demo/nope -CachePath $cache -ErrorVariable faults -ErrorAction SilentlyContinue
        $faults.FullyQualifiedErrorId | Should -Be 'RepoNotFound,HubCache.PowerShell.SaveHubFileCommand'
    }

    It 'gathers piped repos, and answers in their order' {
        $saved = 'solo', 'test/snapshot', 'demo/tiny' | Save-HubFile -CachePath (Join-Path $TestDrive 'several')
        $saved.RepoId | Select-Object -Unique | Should -Be solo, test/snapshot, demo/tiny
    }
}

Describe 'Patterns' {
    BeforeAll {
        $cache = Join-Path $TestDrive 'patterns'
    }

    It 'take <Expected> for <Name> without <Without>' -ForEach @(
        @{ Name = '*.json'; Without = @(); Expected = 'config.json', 'onnx/config.json' }
        @{ Name = 'onnx/'; Without = @(); Expected = 'onnx/config.json', 'onnx/deep/model.onnx' }
        @{ Name = 'onnx/*.json', 'config.json'; Without = @(); Expected = 'onnx/config.json', 'config.json' }
        @{ Name = 'br[1].txt'; Without = @(); Expected = 'br[1].txt' }
        @{ Name = 'br[12].txt'; Without = @(); Expected = 'br1.txt' }
        @{ Name = '[!.]*.txt', '*.txt'; Without = 'empty.txt'; Expected = 'br1.txt', 'br[1].txt' }
        @{ Name = '*'; Without = '.*', 'br*', 'onnx/', '*.bin'; Expected = 'config.json', 'empty.txt' }
        @{ Name = 'onnx\config.json'; Without = @(); Expected = 'onnx/config.json' }
    ) {
        $more = @{}
        if ($Without) {
            $more.Exclude = $Without
        }
        (Save-HubFile test/snapshot $Name -CachePath $cache @more).FileName | Should -Be $Expected
    }

    It 'are no patterns when they are piped' {
        $faults = @()
        $saved = [pscustomobject]@{ RepoId = 'test/snapshot'; FileName = 'br[1].txt' }, [pscustomobject]@{ RepoId = 'test/snapshot'; FileName = '*.json' } |
            Save-HubFile -CachePath $cache -ErrorVariable faults -ErrorAction SilentlyContinue
        $saved.FileName | Should -Be 'br[1].txt'
        $faults.FullyQualifiedErrorId | Should -BeLike 'HubFileNotFound,*'
        $faults.TargetObject | Should -Be '*.json'
    }

    It 'that match nothing are an error each, and the rest is saved' {
        $faults = @()
        $saved = Save-HubFile test/snapshot *.gguf, config.json, nope.txt -CachePath $cache -ErrorVariable faults -ErrorAction SilentlyContinue
        $? | Should -BeFalse
        $saved.FileName | Should -Be config.json
        $faults.FullyQualifiedErrorId | Should -Be (@('HubFileNotFound,HubCache.PowerShell.SaveHubFileCommand') * 2)
        $faults.CategoryInfo.Category | Should -Be ObjectNotFound, ObjectNotFound
        $faults.TargetObject | Should -Be '*.gguf', 'nope.txt'
    }

    It 'that leave nothing are an error: <_>' -ForEach '*', '*.json' {
        $faults = @()
        Save-HubFile test/snapshot *.json -Exclude $_ -CachePath $cache -ErrorVariable faults -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $faults.FullyQualifiedErrorId | Should -BeLike 'HubFileNotFound,*'
    }

    It 'are listed for -WhatIf, 20 at most, and the total' {
        $null = Add-FakeRepo test/crowd (1..30 | ForEach-Object { @{ path = "f$_.txt"; text = "$_".PadLeft(100) } })
        $lines = Invoke-Child "Save-HubFile test/crowd -CachePath '$cache-whatif' -WhatIf"
        $lines.Count | Should -Be 21
        $lines[-1] | Should -Be 'What if: Performing the operation "Download 2.93 KB (3,000 bytes) in total" on target "30 files".'
        "$cache-whatif" | Should -Not -Exist
    }
}

Describe 'A snapshot of which some files fail' {
    BeforeAll {
        $cache = Join-Path $TestDrive 'failing'
        $null = Add-FakeRepo test/failing @{ path = 'a.txt'; text = 'old' }
        $old = (Save-HubFile test/failing -CachePath $cache).CommitHash
        $null = Invoke-FakeHub commits -Method Post -Body @{ repo = 'test/failing'; branch = 'main'; files = @(@{ path = 'a.txt'; text = 'new' }, @{ path = 'b.bin'; size = 1000 }, @{ path = 'c.bin'; size = 2000 }, @{ path = '../evil.txt'; text = 'x' }) }
        Add-Fault @{ kind = 'FlipBit'; offset = 5; pathContains = 'b.bin'; times = -1 }
        Add-Fault @{ kind = 'FlipBit'; offset = 5; pathContains = 'c.bin'; times = -1 }
        $faults = @()
        $saved = Save-HubFile test/failing -CachePath $cache -ErrorVariable faults -ErrorAction SilentlyContinue
        $isOk = $?
    }

    It 'has an error for each, and everything else' {
        $isOk | Should -BeFalse
        $saved.FileName | Should -Be a.txt
        ($faults.FullyQualifiedErrorId -replace ',.*') | Should -Be InvalidFileName, HashMismatch, HashMismatch
        $faults.CategoryInfo.Category | Should -Be InvalidArgument, InvalidData, InvalidData
    }

    It 'leaves the ref where it was, and no temp' {
        Get-Content -LiteralPath (Join-Path $cache models--test--failing/refs/main) | Should -Be $old
        Get-Temp $cache | Should -BeNullOrEmpty
        Get-ChildItem -LiteralPath $TestDrive -Recurse -Filter evil.txt | Should -BeNullOrEmpty
    }

    It 'is whole when it is called again without what cannot be had' {
        Clear-Fault
        $again = Save-HubFile test/failing -Exclude '../evil.txt' -CachePath $cache
        $again.Source | Should -Be Cache, Downloaded, Downloaded
        Get-Content -LiteralPath (Join-Path $cache models--test--failing/refs/main) | Should -Be $again[0].CommitHash
    }
}
