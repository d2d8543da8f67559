# The demonstration keeps its claims, and says so when one does not hold.

BeforeAll {
    $demo = Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'samples/demo.ps1'
    $pwsh = Join-Path $PSHOME 'pwsh'

    function Get-Remnant {
        Get-ChildItem -LiteralPath ([System.IO.Path]::GetTempPath()) -Filter 'hubcache-demo-*'
    }
}

Describe 'samples/demo.ps1' {
    It 'shows what it claims, ends in 0, and leaves nothing behind' {
        $before = @(Get-Remnant).Name
        $said = & $pwsh -NoProfile -NonInteractive -File $demo -ModulePath $env:HUBCACHE_TEST_MODULE 2>&1 | ForEach-Object { "$_" }
        $LASTEXITCODE | Should -Be 0 -Because ($said -join "`n")
        $said[-1] | Should -Be 'Everything was as claimed.'
        $said -clike 'FAIL*' | Should -BeNullOrEmpty
        @($said -clike 'PASS*').Count | Should -BeGreaterOrEqual 12
        $said -join "`n" | Should -BeLike '*id: HashMismatch,*'
        Get-Remnant | Where-Object Name -NotIn $before | Should -BeNullOrEmpty
    }

    It 'ends in another code when something is not as claimed' {
        $module = Join-Path $TestDrive 'HubCache'
        New-Item -ItemType Directory -Path $module | Out-Null
        Set-Content -LiteralPath (Join-Path $module 'HubCache.psd1') -Value "@{ ModuleVersion = '1.0'; RootModule = 'HubCache.psm1'; FunctionsToExport = '*' }"
        Set-Content -LiteralPath (Join-Path $module 'HubCache.psm1') -Value 'function Save-HubFile { throw "It saves nothing." }'
        $said = & $pwsh -NoProfile -NonInteractive -File $demo -ModulePath $module 2>&1 | Out-String
        $LASTEXITCODE | Should -Not -Be 0
        $said | Should -BeLike '*It saves nothing.*'
    }
}
