BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
}

Describe 'Save-HubFile -Destination' {
    BeforeAll {
        $cache = Join-Path $TestDrive 'cache'
        $out = Join-Path $TestDrive 'out'
        $names = 'weights.safetensors', 'config.json'
    }

    It 'lays real files out, with the metadata of the other client' {
        $files = Save-HubFile demo/tiny $names -CachePath $cache -Destination $out
        $files.Destination | Should -Be ($names | ForEach-Object { Join-Path $out $_ })
        $files.FullName | Should -BeLike "$cache*"
        (Get-FileHash -LiteralPath $files[0].Destination).Hash | Should -Be $files[0].ETag
        (Get-Item -LiteralPath $files[0].Destination).LinkType | Should -BeNullOrEmpty
        $lines = Get-Content -LiteralPath (Join-Path $out '.cache/huggingface/download/weights.safetensors.metadata')
        $lines[0, 1] | Should -Be $files[0].CommitHash, $files[0].ETag
        Get-Temp $out | Should -BeNullOrEmpty
    }

    It 'leaves alone what is right, offline too' {
        $before = Get-ChildItem -LiteralPath $out -Recurse -Force | ForEach-Object { "$_ $($_.LastWriteTimeUtc.Ticks)" }
        $files = Save-HubFile demo/tiny $names -CachePath $cache -Destination $out -Offline -WarningAction Ignore
        $files.Destination | Should -HaveCount 2
        Get-ChildItem -LiteralPath $out -Recurse -Force | ForEach-Object { "$_ $($_.LastWriteTimeUtc.Ticks)" } | Should -Be $before
    }

    It 'replaces a file that was changed' {
        Set-Content -LiteralPath (Join-Path $out 'config.json') -Value mine
        $file = Save-HubFile demo/tiny config.json -CachePath $cache -Destination $out
        Get-Content -LiteralPath $file.Destination -Raw | Should -Be (Get-Content -LiteralPath $file.FullName -Raw)
    }

    It 'has none without the parameter' {
        (Save-HubFile demo/tiny config.json -CachePath $cache).Destination | Should -BeNullOrEmpty
    }

    It 'is a path of PowerShell, literal, relative to the location' {
        New-PSDrive -Name Dest -PSProvider FileSystem -Root $TestDrive | Out-Null
        (Save-HubFile solo config.json -CachePath $cache -Destination 'Dest:/by[1]drive').Destination | Should -Be (Join-Path $TestDrive 'by[1]drive/config.json')
        Push-Location -LiteralPath $TestDrive
        try {
            (Save-HubFile solo config.json -CachePath $cache -Destination ./rel/).Destination | Should -Be (Join-Path $TestDrive 'rel/config.json')
        }
        finally {
            Pop-Location
        }
    }

    It 'makes hard links when asked' {
        $file = Save-HubFile demo/tiny weights.safetensors -CachePath $cache -Destination (Join-Path $TestDrive 'linked') -HardLink
        (Get-Item -LiteralPath $file.Destination).LinkType | Should -Be 'HardLink'
    }

    It 'refuses <what> and writes nothing' -ForEach @(
        @{ what = 'a place in the cache'; where = { Join-Path $cache 'models--demo--tiny/x' } }
        @{ what = 'the cache itself'; where = { $cache } }
        @{ what = 'a file'; where = { Join-Path $out 'config.json' } }
        @{ what = 'a path of another provider'; where = { 'Env:/x' } }
    ) {
        $fault = Get-ErrorOf { Save-HubFile demo/tiny README.md -CachePath $cache -Destination (& $where) }
        $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
        Get-ChildItem -LiteralPath $cache -Recurse -Force -Filter README.md | Should -BeNullOrEmpty
    }

    It 'refuses -HardLink without a folder' {
        (Get-ErrorOf { Save-HubFile demo/tiny README.md -CachePath $cache -HardLink }).FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
    }

    It 'takes one repo at one revision, and says so of the next' {
        $folder = Join-Path $TestDrive 'one'
        $files = 'demo/tiny', 'solo' | Save-HubFile -FileName config.json -CachePath $cache -Destination $folder -ErrorVariable faults -ErrorAction SilentlyContinue
        $files.RepoId | Should -Be 'demo/tiny'
        $faults.FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
        $faults.TargetObject | Should -Be 'solo'
    }

    It 'does not take what it emitted for a folder' {
        $again = Save-HubFile demo/tiny config.json -CachePath $cache -Destination $out | Save-HubFile -CachePath $cache
        $again.Destination | Should -BeNullOrEmpty
    }

    It 'makes a failure that of the file: the others and the cache have theirs' -Skip:$IsWindows {
        $folder = Join-Path $TestDrive 'partly'
        New-Item -ItemType Directory -Path (Join-Path $folder 'config.json') -Force | Out-Null
        $fresh = Join-Path $TestDrive 'fresh'
        $files = Save-HubFile demo/tiny README.md, config.json -CachePath $fresh -Destination $folder -ErrorVariable faults -ErrorAction SilentlyContinue
        $files.FileName | Should -Be 'README.md'
        $faults.FullyQualifiedErrorId | Should -BeLike 'CacheWriteFailed,*'
        Join-Path $fresh 'models--demo--tiny/refs/main' | Should -Exist
        (Save-HubFile demo/tiny config.json -CachePath $fresh -Offline -WarningAction Ignore).Source | Should -Be 'Cache'
    }
}

Describe 'Save-HubFile -Destination -WhatIf' {
    BeforeAll {
        $cache = Join-Path $TestDrive 'whatif-cache'
        $out = Join-Path $TestDrive 'whatif-out'
    }

    It 'says that a missing file would be copied too, and writes nothing' {
        Invoke-Child "Save-HubFile demo/big model.bin -CachePath '$cache' -Destination '$out' -WhatIf" | Should -Be @(
            "What if: Performing the operation `"Download 61 MB and copy to $out`" on target `"demo/big@main model.bin`"."
            "What if: Performing the operation `"Download 61 MB (64,000,000 bytes) in total and copy 61 MB (64,000,000 bytes) to $out`" on target `"1 file`".")
        $cache, $out | Should -Not -Exist
    }

    It 'says what of the cache would be copied, and nothing of what is there' {
        $null = Save-HubFile demo/tiny config.json -CachePath $cache
        $call = "Save-HubFile demo/tiny config.json -CachePath '$cache' -Destination '$out'"
        Invoke-Child "$call -WhatIf" | Should -Be @(
            "What if: Performing the operation `"Copy 48 bytes to $out`" on target `"demo/tiny@main config.json`"."
            "What if: Performing the operation `"Copy 48 bytes (48 bytes) in total to $out`" on target `"1 file`".")
        Invoke-Child "$call -WhatIf -HardLink" | Select-Object -First 1 | Should -BeLike "*`"Link or copy 48 bytes to $out`"*"
        $out | Should -Not -Exist
        $null = Save-HubFile demo/tiny config.json -CachePath $cache -Destination $out
        Invoke-Child "$call -WhatIf" | Should -BeNullOrEmpty
    }
}
