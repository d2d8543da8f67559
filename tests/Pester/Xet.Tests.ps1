BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    Add-FakeRepo test/xet @{ path = 'model.bin'; size = 5000000; seed = 9; xet = $true }, @{ path = 'small.bin'; size = 100000; seed = 10; xet = $true }
}

Describe 'Save-HubFile of files in Xet' {
    It 'brings <Path> by <Way> with <Parameters>' -ForEach @(
        @{ Path = 'model.bin'; Way = 'Xet'; Parameters = @{} }
        @{ Path = 'small.bin'; Way = 'HTTP'; Parameters = @{} }
        @{ Path = 'small.bin'; Way = 'Xet'; Parameters = @{ Transport = 'Xet' } }
        @{ Path = 'model.bin'; Way = 'HTTP'; Parameters = @{ Transport = 'Http' } }
    ) {
        $cache = Join-Path $TestDrive "cache-$Path-$Way"
        $verbose = Save-HubFile test/xet $Path -CachePath $cache @Parameters -Verbose 4>&1 -OutVariable all | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
        $file = $all | Where-Object { $_ -isnot [System.Management.Automation.VerboseRecord] }
        "$verbose" | Should -Match "$([regex]::Escape($Path)): by $Way, "
        "$verbose" | Should -Not -Match 'Signature|xet_'
        (Get-FileHash -LiteralPath $file.FullName).Hash | Should -Be $file.ETag
        $file.Source | Should -Be 'Downloaded'
    }

    It 'takes HTTP where HF_HUB_DISABLE_XET says so, unless -Transport does not' {
        $env:HF_HUB_DISABLE_XET = 'yes'
        try {
            Save-HubFile test/xet model.bin -CachePath (Join-Path $TestDrive 'disabled') -Verbose 4>&1 | Out-String | Should -Match 'by HTTP, as asked for'
            Save-HubFile test/xet model.bin -CachePath (Join-Path $TestDrive 'enabled') -Transport Xet -Verbose 4>&1 | Out-String | Should -Match 'by Xet, as asked for'
        }
        finally {
            $env:HF_HUB_DISABLE_XET = $null
        }
    }

    It 'says what did not have to come' {
        $cache = Join-Path $TestDrive 'again'
        $null = Save-HubFile test/xet model.bin -CachePath $cache
        $file = Save-HubFile test/xet model.bin -CachePath $cache -Force
        $file.BytesReused + $file.BytesDownloaded | Should -BeGreaterOrEqual 5000000
        (Get-HubCache -CachePath $cache).ChunkListSize | Should -BeGreaterThan 0
        Remove-HubCache test/xet -CachePath $cache -Confirm:$false
        Get-ChildItem $cache -Recurse -Force -Filter *.chunks | Should -BeNullOrEmpty
    }

    It 'loads the libraries for it when they are needed, in a context of their own' {
        $script = @"
`$ErrorActionPreference = 'Stop'
Import-Module '$env:HUBCACHE_TEST_MODULE'
function Get-Loaded { [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -in 'HubCache.Codecs', 'K4os.Compression.LZ4', 'Blake3' } }
"before `$(@(Get-Loaded).Count)"
`$null = Save-HubFile test/xet model.bin -CachePath '$TestDrive/context'
Get-Loaded | ForEach-Object { "`$(`$_.GetName().Name) in `$([System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext(`$_).Name)" }
"@
        $lines = & (Join-Path $PSHOME 'pwsh') -NoProfile -NonInteractive -Command $script 2>&1 | ForEach-Object { "$_" }
        $lines | Should -Contain 'before 0'
        $lines | Should -Contain 'HubCache.Codecs in HubCache.Codecs'
        $lines -match ' in ' -notmatch ' in HubCache.Codecs$' | Should -BeNullOrEmpty
    }
}
