BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $null = Add-FakeRepo lock/model @(@{ path = 'config.json'; text = '{ "a": 1 }' }, @{ path = 'sub/model.safetensors'; size = 2000000; seed = 3 }, @{ path = 'README.md'; text = '# readme' })
    $null = Add-FakeRepo lock/data @{ path = 'a.csv'; text = '1,2' } -Type dataset
    $cache = Join-Path $TestDrive 'source'
    $saved = Save-HubFile lock/model -CachePath $cache
    $commit = $saved[0].CommitHash
    $lock = Join-Path $TestDrive 'hubcache.lock.json'
    $null = Export-HubCache lock/model -CachePath $cache -LockFile $lock

    # Changes the lock file's text by a script, into a file of its own.
    function Edit-Lock([scriptblock] $Change) {
        $json = Get-Content -LiteralPath $lock -Raw | ConvertFrom-Json
        $null = & $Change $json
        $path = Join-Path $TestDrive "$([guid]::NewGuid()).json"
        $json | ConvertTo-Json -Depth 9 | Set-Content -LiteralPath $path
        $path
    }
}

Describe 'Export-HubCache -LockFile' {
    It 'writes repo, commit, files, sizes and hashes' {
        $json = Get-Content -LiteralPath $lock -Raw | ConvertFrom-Json
        $json.format, $json.version | Should -Be 'hubcache-lock', 1
        $json.repos[0].repo_id, $json.repos[0].repo_type, $json.repos[0].revision, $json.repos[0].commit | Should -Be 'lock/model', 'model', 'main', $commit
        $json.repos[0].files.path | Should -Be 'README.md', 'config.json', 'sub/model.safetensors'
        foreach ($file in $json.repos[0].files) {
            $of = $saved | Where-Object FileName -EQ $file.path
            $file.size | Should -Be $of.Length
            $file.etag | Should -Be $of.ETag
        }
    }

    It 'locks exactly the files that Save-HubFile emitted' {
        $path = Join-Path $TestDrive 'piped.json'
        $result = Save-HubFile lock/model config.json -CachePath $cache | Export-HubCache -LockFile $path -CachePath $cache
        $result.FullName | Should -Be $path
        (Get-Content -LiteralPath $path -Raw | ConvertFrom-Json).repos.files.path | Should -Be 'config.json'
    }

    It 'writes an archive and a lock file in one call, of several repos' {
        $null = Save-HubFile lock/data -RepoType Dataset -CachePath $cache
        $null = Get-HubCache -CachePath $cache | Export-HubCache -Path "$TestDrive/both.tar" -LockFile "$TestDrive/both.json"
        "$TestDrive/both.tar" | Should -Exist
        (Save-HubFile -LockFile "$TestDrive/both.json" -CachePath "$TestDrive/both").RepoId | Sort-Object -Unique | Should -Be 'lock/data', 'lock/model'
    }
}

Describe 'Save-HubFile -LockFile' {
    It 'installs exactly what it says, and moves no ref' {
        $target = Join-Path $TestDrive 'installed'
        $files = Save-HubFile -LockFile $lock -CachePath $target
        $files.FileName | Sort-Object | Should -Be ($saved.FileName | Sort-Object)
        $files.CommitHash | Sort-Object -Unique | Should -Be $commit
        $files.Source | Sort-Object -Unique | Should -Be 'Downloaded'
        Get-ChildItem "$target/models--lock--model/refs" | Should -BeNullOrEmpty
        $again = Save-HubFile -LockFile $lock -CachePath $target
        $again.Source | Sort-Object -Unique | Should -Be 'Cache'
        $again.Verification | Sort-Object -Unique | Should -Be 'GitSha1', 'Sha256'
        (Save-HubFile -LockFile $lock -CachePath $target -Offline).Count | Should -Be 3
    }

    It 'stays at its commit when the branch has moved on' {
        $null = Add-FakeRepo lock/moving @{ path = 'a.txt'; text = 'one' }
        $first = Save-HubFile lock/moving -CachePath $cache
        $path = Join-Path $TestDrive 'moving.json'
        $null = Export-HubCache lock/moving -CachePath $cache -LockFile $path
        $null = Invoke-FakeHub -Route repos -Method Post -Body @{ id = 'lock/moving'; type = 'model'; commits = @(@{ branch = 'main'; files = @(@{ path = 'a.txt'; text = 'one' }) }, @{ branch = 'main'; files = @(@{ path = 'a.txt'; text = 'two' }) }) }
        (Save-HubFile lock/moving -CachePath "$TestDrive/moved").CommitHash | Should -Not -Be $first.CommitHash
        $file = Save-HubFile -LockFile $path -CachePath "$TestDrive/moved"
        $file.CommitHash | Should -Be $first.CommitHash
        Get-Content -LiteralPath $file.FullName | Should -Be 'one'
    }

    It 'does not fetch what the lock file does not name' {
        $path = Edit-Lock { param($json) $json.repos[0].files = @($json.repos[0].files | Where-Object path -EQ config.json) }
        $target = Join-Path $TestDrive 'few'
        (Save-HubFile -LockFile $path -CachePath $target).FileName | Should -Be 'config.json'
        @(Get-ChildItem "$target/*/blobs").Count | Should -Be 1
    }

    It 'fetches nothing when the Hub says otherwise: <_>' -ForEach 'etag', 'size', 'path' {
        $what = $_
        $path = Edit-Lock {
            param($json)
            $file = $json.repos[0].files | Where-Object path -EQ sub/model.safetensors
            $file.$what = @{ etag = 'a' * 64; size = 17; path = 'no/such.bin' }[$what]
        }
        $target = Join-Path $TestDrive "other-$what"
        $fault = Get-ErrorOf { Save-HubFile -LockFile $path -CachePath $target }
        $fault.FullyQualifiedErrorId | Should -BeLike "$($what -eq 'path' ? 'HubFileNotFound' : 'HashMismatch'),*"
        Get-ChildItem -LiteralPath $target -Recurse -File -ErrorAction Ignore | Where-Object { $_.FullName -match 'blobs|snapshots' } | Should -BeNullOrEmpty
    }

    It 'hashes what the cache has, and fetches again what is damaged' {
        $target = Join-Path $TestDrive 'rotten'
        $file = Save-HubFile -LockFile $lock -CachePath $target | Where-Object FileName -Like *.safetensors
        $stream = [System.IO.File]::OpenWrite($file.BlobPath); $stream.Position = 1000; $stream.WriteByte(1); $stream.Dispose()
        $fault = Get-ErrorOf { Save-HubFile -LockFile $lock -CachePath $target -Offline }
        $fault.FullyQualifiedErrorId | Should -Match '^(HashMismatch|OfflineNotCached),'
        $again = Save-HubFile -LockFile $lock -CachePath $target | Where-Object FileName -Like *.safetensors
        $again.Source | Should -Be 'Downloaded'
        (Get-FileHash -LiteralPath $again.FullName).Hash | Should -Be $again.ETag
    }

    It 'hashes a damaged blob that only lacks its name' {
        $target = Join-Path $TestDrive 'nameless'
        $file = Save-HubFile -LockFile $lock -CachePath $target | Where-Object FileName -Like *.safetensors
        Remove-Item -LiteralPath $file.FullName
        $stream = [System.IO.File]::OpenWrite($file.BlobPath); $stream.Position = 1000; $stream.WriteByte(1); $stream.Dispose()
        $again = Save-HubFile -LockFile $lock -CachePath $target | Where-Object FileName -Like *.safetensors
        (Get-FileHash -LiteralPath $again.FullName).Hash | Should -Be $again.ETag
    }

    It 'refuses a lock file that <Case>' -ForEach @(
        @{ Case = 'is of another version'; Change = { $args[0].version = 2 } }, @{ Case = 'is of another format'; Change = { $args[0].format = 'x' } }
        @{ Case = 'has a wrong repo id'; Change = { $args[0].repos[0].repo_id = '../x' } }, @{ Case = 'has a wrong type'; Change = { $args[0].repos[0].repo_type = 'thing' } }
        @{ Case = 'has a short commit'; Change = { $args[0].repos[0].commit = 'abc' } }, @{ Case = 'has a path that leads away'; Change = { $args[0].repos[0].files[0].path = '../../x' } }
        @{ Case = 'has an etag that is none'; Change = { $args[0].repos[0].files[0].etag = 'x' } }, @{ Case = 'has a size as a text'; Change = { $args[0].repos[0].files[0].size = '1' } }
        @{ Case = 'has a negative size'; Change = { $args[0].repos[0].files[0].size = -1 } }, @{ Case = 'names no files'; Change = { $args[0].repos[0].files = @() } }
        @{ Case = 'names a file twice'; Change = { $args[0].repos[0].files += $args[0].repos[0].files[0] } }, @{ Case = 'names a repo twice'; Change = { $args[0].repos += $args[0].repos[0] } }
        @{ Case = 'lacks its files'; Change = { $args[0].repos[0].PSObject.Properties.Remove('files') } }, @{ Case = 'is empty'; Change = { $args[0].repos = @() } }
    ) {
        $path = Edit-Lock $Change
        $fault = Get-ErrorOf { Save-HubFile -LockFile $path -CachePath "$TestDrive/refused" }
        $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
        $fault.ErrorDetails.RecommendedAction | Should -BeLike '*Export-HubCache -LockFile*'
        "$TestDrive/refused" | Should -Not -Exist
    }

    It 'takes one that an editor has put a byte order mark before' {
        $marked = Join-Path $TestDrive 'marked.json'
        Get-Content -LiteralPath $lock -Raw | Set-Content -LiteralPath $marked -Encoding utf8BOM
        (Save-HubFile -LockFile $marked -CachePath (Join-Path $TestDrive 'marked')).FileName | Should -Be 'README.md', 'config.json', 'sub/model.safetensors'
    }

    It 'refuses what is no JSON, and what is not there' {
        Set-Content -LiteralPath "$TestDrive/text.json" '{ "format": '
        { Save-HubFile -LockFile "$TestDrive/text.json" -CachePath $cache } | Should -Throw -ErrorId 'InvalidOption,*'
        { Save-HubFile -LockFile "$TestDrive/none.json" -CachePath $cache } | Should -Throw -ErrorId 'InvalidOption,*'
    }

    It 'refuses <_> beside it' -ForEach '-RepoId lock/model', '-FileName a', '-Revision main', '-RepoType Dataset', '-Exclude *.md' {
        $call = [scriptblock]::Create("Save-HubFile -LockFile '$lock' -CachePath '$cache' $_ -ErrorAction Stop")
        $call | Should -Throw -ErrorId 'InvalidOption,*'
        { 'lock/model' | Save-HubFile -LockFile $lock -CachePath $cache -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidOption,*'
    }

    It 'says with -WhatIf what is missing' {
        $lines = Invoke-Child "Save-HubFile -LockFile '$lock' -CachePath '$TestDrive/if' -WhatIf"
        $lines[-1] | Should -BeLike 'What if: *Download 1.91 MB (2,000,018 bytes) in total*3 files*'
        "$TestDrive/if" | Should -Not -Exist
    }

    It 'lays the files out in a destination' {
        (Save-HubFile -LockFile $lock -CachePath $cache -Destination "$TestDrive/out").Destination | Should -Exist
    }
}

Describe 'Save-HubFile without a repo' {
    It 'is an error that says what to give, and none for an empty pipeline' {
        (Get-ErrorOf { Save-HubFile -CachePath $cache }).FullyQualifiedErrorId | Should -BeLike 'InvalidRepoId,*'
        @() | Save-HubFile -CachePath $cache | Should -BeNullOrEmpty
    }
}
