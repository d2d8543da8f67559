BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $null = Add-FakeRepo pack/model @(
        @{ path = 'config.json'; text = '{ "a": 1 }' }, @{ path = 'same/config.json'; text = '{ "a": 1 }' }
        @{ path = 'weights/model.safetensors'; size = 3000000; seed = 7 }, @{ path = 'br[1] é.txt'; text = 'x' })
    $null = Add-FakeRepo pack/data @{ path = 'a.csv'; text = '1,2' } -Type dataset
    $cache = Join-Path $TestDrive 'source'
    $saved = Save-HubFile pack/model -CachePath $cache
    $null = Save-HubFile pack/data -RepoType Dataset -CachePath $cache
    $commit = $saved[0].CommitHash

    function Get-Inventory([string] $Folder) {
        Get-ChildItem -LiteralPath $Folder -Recurse -Force | Where-Object { -not $_.PSIsContainer } |
            ForEach-Object { "$([System.IO.Path]::GetRelativePath($Folder, $_.FullName)) $($_.LinkTarget) $((Get-FileHash -LiteralPath $_.FullName).Hash)" } | Sort-Object
    }
}

Describe 'Export-HubCache' {
    It 'writes an archive of what a snapshot needs, and nothing else' {
        $archive = Join-Path $TestDrive 'one [1].tar'
        $result = Export-HubCache pack/model -CachePath $cache -Path $archive
        $result.RepoId, $result.RepoType, $result.Revision, $result.CommitHash | Should -Be 'pack/model', 'Model', 'main', $commit
        $result.FileCount | Should -Be 4
        $result.Size | Should -Be ($saved | Sort-Object ETag -Unique | Measure-Object Length -Sum).Sum
        $result.FullName | Should -Be $archive
        $result.Length | Should -Be (Get-Item -LiteralPath $archive).Length
        $names = tar -tf $archive --quoting-style=literal
        $LASTEXITCODE | Should -Be 0
        $blobs = $saved.ETag | Sort-Object -Unique
        $names | Sort-Object | Should -Be (@(
                '.locks/hubcache-export.json'; 'models--pack--model/refs/'; 'models--pack--model/refs/main'; "models--pack--model/trees/$commit.json"
                $blobs | ForEach-Object { "models--pack--model/blobs/$_" }
                $saved.FileName | ForEach-Object { "models--pack--model/snapshots/$commit/$_" }) | Sort-Object)
    }

    It 'unpacks by tar alone to a cache like its own' {
        $null = Export-HubCache pack/model -CachePath $cache -Path "$TestDrive/plain.tar"
        $target = (New-Item -ItemType Directory "$TestDrive/plain").FullName
        tar -xf "$TestDrive/plain.tar" -C $target
        $LASTEXITCODE | Should -Be 0
        $again = Save-HubFile pack/model -CachePath $target -Offline -WarningAction SilentlyContinue
        $again.FileName | Sort-Object | Should -Be ($saved.FileName | Sort-Object)
        $again.ETag | Sort-Object | Should -Be ($saved.ETag | Sort-Object)
        (Get-HubCache -CachePath $target).Problems | Should -BeNullOrEmpty
        Get-Inventory "$target/models--pack--model" | Should -Be (Get-Inventory "$cache/models--pack--model")
    }

    It 'gathers what is piped in, in one archive' {
        $all = Get-HubCache -CachePath $cache | Export-HubCache -Path "$TestDrive/all.tar"
        $all.RepoId | Sort-Object | Should -Be 'pack/data', 'pack/model'
        (Get-HubCache pack/model -CachePath $cache).Revisions | Export-HubCache -Path "$TestDrive/revision.tar" | ForEach-Object CommitHash | Should -Be $commit
        $target = Join-Path $TestDrive all
        (Import-HubCache "$TestDrive/all.tar" -CachePath $target).RepoId | Sort-Object | Should -Be 'pack/data', 'pack/model'
        (Get-HubCache -CachePath $target).RepoId | Sort-Object | Should -Be 'pack/data', 'pack/model'
    }

    It 'takes the files that are named, and those of piped objects' {
        $result = Export-HubCache pack/model *.json -CachePath $cache -Path "$TestDrive/some.tar"
        $result.FileCount | Should -Be 2
        $result = $saved[0..1] | Export-HubCache -CachePath $cache -Path "$TestDrive/piped.tar"
        @($result).Count | Should -Be 1
        $result.FileCount | Should -Be 2
    }

    It 'does not replace a file without -Force, and writes nothing then' {
        Set-Content -LiteralPath "$TestDrive/there.tar" 'mine'
        { Export-HubCache pack/model -CachePath $cache -Path "$TestDrive/there.tar" -LockFile "$TestDrive/there.json" } | Should -Throw -ErrorId 'InvalidOption,*'
        Get-Content -LiteralPath "$TestDrive/there.tar" | Should -Be 'mine'
        "$TestDrive/there.json" | Should -Not -Exist
        $null = Export-HubCache pack/model -CachePath $cache -Path "$TestDrive/there.tar" -Force
        (Get-Item "$TestDrive/there.tar").Length | Should -BeGreaterThan 3000000
    }

    It 'wants to be told where to write' {
        { Export-HubCache pack/model -CachePath $cache } | Should -Throw -ErrorId 'InvalidOption,*'
        { Export-HubCache pack/model -CachePath $cache -Path "$TestDrive/no/where.tar" } | Should -Throw -ErrorId 'InvalidOption,*'
    }

    It 'names what an incomplete snapshot lacks, and writes no archive even for the others' {
        $part = Join-Path $TestDrive 'part'
        $null = Save-HubFile pack/model *.json -CachePath $part
        $null = Save-HubFile pack/data -RepoType Dataset -CachePath $part
        $faults = @()
        $null = Get-HubCache -CachePath $part | Export-HubCache -Path "$TestDrive/part.tar" -ErrorVariable faults -ErrorAction SilentlyContinue
        $faults.Count | Should -Be 1
        $faults[0].FullyQualifiedErrorId | Should -BeLike 'NotCached,*'
        $faults[0].Exception.Message | Should -BeLike "*'weights/model.safetensors'*"
        $faults[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        "$TestDrive/part.tar" | Should -Not -Exist
    }

    It 'says what is not there: <Case>' -ForEach @(
        @{ Case = 'a repo'; Arguments = @{ RepoId = 'no/such' } }, @{ Case = 'a revision'; Arguments = @{ RepoId = 'pack/model'; Revision = 'nope' } }
        @{ Case = 'a commit'; Arguments = @{ RepoId = 'pack/model'; Revision = 'a' * 40 } }, @{ Case = 'a file'; Arguments = @{ RepoId = 'pack/model'; FileName = 'nope' } }
    ) {
        (Get-ErrorOf { Export-HubCache @Arguments -CachePath $cache -Path "$TestDrive/none.tar" }).FullyQualifiedErrorId | Should -BeLike 'NotCached,*'
        "$TestDrive/none.tar" | Should -Not -Exist
    }

    It 'leaves no archive when a blob is damaged' {
        $bad = Join-Path $TestDrive 'bad'
        $file = Save-HubFile pack/model -CachePath $bad | Where-Object FileName -Like *.safetensors
        $stream = [System.IO.File]::OpenWrite($file.BlobPath); $stream.Position = 1000; $stream.WriteByte(1); $stream.Dispose()
        (Get-ErrorOf { Export-HubCache pack/model -CachePath $bad -Path "$TestDrive/bad.tar" }).FullyQualifiedErrorId | Should -BeLike 'HashMismatch,*'
        Get-ChildItem -LiteralPath $TestDrive -Filter '*bad.tar*' | Should -BeNullOrEmpty
        Get-ChildItem -LiteralPath $TestDrive -Filter '*.incomplete' | Should -BeNullOrEmpty
    }

    It 'says with -WhatIf what it would write, and writes nothing' {
        $lines = Invoke-Child "Export-HubCache pack/model -CachePath '$cache' -Path '$TestDrive/if.tar' -WhatIf"
        $lines | Should -Be "What if: Performing the operation ""Export 4 files of pack/model@main, 2.86 MB"" on target ""$TestDrive/if.tar""."
        "$TestDrive/if.tar" | Should -Not -Exist
    }

    It 'shows a table, and raw values to programs' {
        $result = Export-HubCache pack/model -CachePath $cache -Path "$TestDrive/view.tar"
        $result | Out-String -Width 100 | Should -Match 'pack/model +main +4 +2\.86 MB'
        ($result | ConvertTo-Json | ConvertFrom-Json).Size | Should -Be $result.Size
        $result.PSObject.Properties.Name | Should -Not -Contain 'Path'
    }
}

Describe 'Import-HubCache' {
    BeforeAll {
        $archive = Join-Path $TestDrive 'in.tar'
        $null = Export-HubCache pack/model -CachePath $cache -Path $archive
    }

    It 'makes the same cache elsewhere' {
        $target = Join-Path $TestDrive 'to [a] é'
        $result = Get-ChildItem -LiteralPath $archive | Import-HubCache -CachePath $target
        $result.RepoId, $result.RepoType, $result.Revision, $result.CommitHash, $result.CachePath | Should -Be 'pack/model', 'Model', 'main', $commit, $target
        $result.FileCount | Should -Be 4
        $result.BytesWritten | Should -Be $result.Size
        Test-Path -LiteralPath $result.FullName -PathType Container | Should -BeTrue
        Get-Inventory "$target/models--pack--model" | Should -Be (Get-Inventory "$cache/models--pack--model")
        (Save-HubFile pack/model -CachePath $target -Offline -WarningAction SilentlyContinue).Count | Should -Be 4
        Get-Temp $target | Should -BeNullOrEmpty
    }

    It 'writes nothing that is there and right, and mends what is not' {
        $target = Join-Path $TestDrive 'again'
        $null = Import-HubCache $archive -CachePath $target
        $blob = Get-ChildItem -LiteralPath "$target/models--pack--model/blobs" | Sort-Object Length -Descending | Select-Object -First 1
        $inode = (stat -c %i $blob.FullName)
        (Import-HubCache -LiteralPath $archive -CachePath $target).BytesWritten | Should -Be 0
        stat -c %i $blob.FullName | Should -Be $inode
        $stream = [System.IO.File]::OpenWrite($blob.FullName); $stream.Position = 9; $stream.WriteByte(1); $stream.Dispose()
        (Import-HubCache -FullName $archive -CachePath $target).BytesWritten | Should -Be $blob.Length
        Get-Inventory $target/models--pack--model | Should -Be (Get-Inventory "$cache/models--pack--model")
    }

    It 'reads and writes compressed archives' {
        $null = Export-HubCache pack/model -CachePath $cache -Path "$TestDrive/in.tar.gz"
        tar -tzf "$TestDrive/in.tar.gz" | Should -Contain 'models--pack--model/refs/main'
        $target = Join-Path $TestDrive 'gz'
        (Import-HubCache "$TestDrive/in.tar.gz" -CachePath $target).FileCount | Should -Be 4
        Get-Inventory $target/models--pack--model | Should -Be (Get-Inventory "$cache/models--pack--model")
    }

    It 'takes the output of Export-HubCache' {
        $target = Join-Path $TestDrive 'chain'
        (Export-HubCache pack/model -CachePath $cache -Path "$TestDrive/chain.tar" | Import-HubCache -CachePath $target).CachePath | Should -Be $target
    }

    It 'refuses <Case>, and leaves nothing' -ForEach @(
        @{ Case = 'an archive that was cut off'; Id = 'InvalidArchive'; Spoil = { param($bytes) $bytes[0..($bytes.Length - 100000)] } }
        @{ Case = 'a bit that changed in a blob'; Id = 'HashMismatch'; Spoil = { param($bytes) $bytes[2000000] = $bytes[2000000] -bxor 1; $bytes } }
        @{ Case = 'what is no archive'; Id = 'InvalidArchive'; Spoil = { [byte[]](1..255) * 20 } }
        @{ Case = 'nothing'; Id = 'InvalidArchive'; Spoil = { [byte[]]@() } }
    ) {
        $bad = Join-Path $TestDrive 'spoilt.tar'
        [System.IO.File]::WriteAllBytes($bad, [byte[]]@(& $Spoil ([System.IO.File]::ReadAllBytes($archive))))
        $target = Join-Path $TestDrive 'spoilt'
        $fault = Get-ErrorOf { Import-HubCache $bad -CachePath $target }
        $fault.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $fault.CategoryInfo.Category | Should -Be 'InvalidData'
        $fault.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $target | Should -Not -Exist
    }

    It 'goes on with the next archive after one that is wrong' {
        Set-Content -LiteralPath "$TestDrive/wrong.tar" 'no archive'
        $faults = @()
        $result = "$TestDrive/wrong.tar", "$TestDrive/missing.tar", $archive | Import-HubCache -CachePath "$TestDrive/next" -ErrorVariable faults -ErrorAction SilentlyContinue
        $result.RepoId | Should -Be 'pack/model'
        $faults.FullyQualifiedErrorId -replace ',.*' | Should -Be 'InvalidArchive', 'InvalidOption'
    }

    It 'says with -WhatIf what it would write, and writes nothing' {
        $lines = Invoke-Child "Import-HubCache '$archive' -CachePath '$TestDrive/if' -WhatIf"
        $lines | Should -Be "What if: Performing the operation ""Import 4 files of pack/model@main, 2.86 MB, of which 2.86 MB are new, into $TestDrive/if"" on target ""$archive""."
        "$TestDrive/if" | Should -Not -Exist
    }

    It 'shows a table' {
        Import-HubCache $archive -CachePath "$TestDrive/table" | Out-String -Width 100 | Should -Match 'pack/model +main +4 +2\.86 MB +2\.86 MB'
    }
}
