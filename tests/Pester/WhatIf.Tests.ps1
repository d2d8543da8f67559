BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
}

Describe 'Save-HubFile -WhatIf' {
    BeforeAll {
        $cache = Join-Path $TestDrive 'cache'
    }

    It 'says what is missing and how much it is, and writes nothing' {
        $lines = Invoke-Child "Save-HubFile demo/big model.bin -CachePath '$cache' -WhatIf"
        $lines | Should -Be @(
            'What if: Performing the operation "Download 61 MB" on target "demo/big@main model.bin".'
            'What if: Performing the operation "Download 61 MB (64,000,000 bytes) in total" on target "1 file".')
        $cache | Should -Not -Exist
    }

    It 'says nothing of what is cached, and emits nothing' {
        $null = Save-HubFile demo/tiny config.json -CachePath "$cache-some"
        $lines = Invoke-Child "Save-HubFile demo/tiny config.json, README.md -CachePath '$cache-some' -WhatIf"
        $lines.Count | Should -Be 2
        $lines[0] | Should -Match 'README\.md'
        Invoke-Child "Save-HubFile demo/tiny config.json -CachePath '$cache-some' -WhatIf" | Should -BeNullOrEmpty
    }

    It 'names 20 files at most, and then the total' {
        Add-FakeRepo test/many (1..30 | ForEach-Object { @{ path = "f$_.txt"; text = "$_".PadLeft(100) } })
        $lines = Invoke-Child "Save-HubFile test/many (1..30 | ForEach-Object { `"f`$_.txt`" }) -CachePath '$cache' -WhatIf"
        $lines.Count | Should -Be 21
        $lines[-1] | Should -Be 'What if: Performing the operation "Download 2.93 KB (3,000 bytes) in total" on target "30 files".'
    }

    It 'follows $WhatIfPreference, and -WhatIf:$false beats that' {
        Invoke-Child "`$WhatIfPreference = `$true; Save-HubFile demo/big model.bin -CachePath '$cache'" | Should -HaveCount 2
        $cache | Should -Not -Exist
        Invoke-Child "`$WhatIfPreference = `$true; (Save-HubFile solo config.json -CachePath '$cache-real' -WhatIf:`$false).Source" | Should -Be 'Downloaded'
    }

    It 'reports errors all the same' {
        $faults = @()
        $null = Save-HubFile solo nope -CachePath $cache -WhatIf -ErrorVariable faults -ErrorAction SilentlyContinue
        $faults.FullyQualifiedErrorId | Should -BeLike 'HubFileNotFound,*'
    }
}

Describe 'Save-HubFile -Confirm' {
    It 'asks once for each repo, and leaves out what was refused' {
        $script = "Import-Module '$env:HUBCACHE_TEST_MODULE'; 'demo/tiny', 'solo' | Save-HubFile -FileName config.json, config.json -CachePath '$TestDrive/confirm' -Confirm | ForEach-Object RepoId"
        $lines = 'y', 'n' | & (Join-Path $PSHOME 'pwsh') -NoProfile -Command $script
        $lines -match '^Performing the operation' | Should -Be @(
            'Performing the operation "Save config.json" on target "demo/tiny@main".'
            'Performing the operation "Save config.json" on target "solo@main".')
        @($lines -eq 'demo/tiny').Count | Should -Be 2
        $lines | Should -Not -Contain 'solo'
    }
}
