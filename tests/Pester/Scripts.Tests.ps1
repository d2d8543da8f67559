Describe 'The scripts' {
    BeforeAll {
        $root = Split-Path (Split-Path $PSScriptRoot)
        $scripts = Get-ChildItem -LiteralPath $root -Recurse -File -Include *.ps1, *.psm1, *.psd1 |
            Where-Object { $_.FullName -notmatch '[\\/](out|bin|obj|node_modules)[\\/]' -and $_.Name -ne 'HubCache.psd1' }

        # The manifest names files that are beside it only once it is staged.
        $scripts += Get-Item -LiteralPath (Join-Path $env:HUBCACHE_TEST_MODULE 'HubCache.psd1')
    }

    It 'are clean to PSScriptAnalyzer' {
        if (-not (Get-Module -ListAvailable PSScriptAnalyzer)) {
            Set-ItResult -Skipped -Because 'it is not installed: Install-PSResource PSScriptAnalyzer'
        }
        $settings = Join-Path $root 'PSScriptAnalyzerSettings.psd1'
        $found = $scripts | ForEach-Object { Invoke-ScriptAnalyzer -Path $_.FullName -Settings $settings } |
            ForEach-Object { "$($_.ScriptName):$($_.Line) $($_.RuleName) $($_.Message)" }
        $found | Should -BeNullOrEmpty
    }
}
