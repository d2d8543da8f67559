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
    It 'asks once for each repo' {
        $state = [initialsessionstate]::CreateDefault()
        $state.ImportPSModule($env:HUBCACHE_TEST_MODULE)
        # Without a host that can ask, asking is an error: it shows that the question comes, and before any byte.
        $shell = [powershell]::Create($state).AddScript("Save-HubFile solo config.json -CachePath '$TestDrive/confirm' -Confirm")
        try {
            { $shell.Invoke() } | Should -Throw
        }
        finally {
            $shell.Dispose()
        }
        "$TestDrive/confirm" | Should -Not -Exist
    }
}
