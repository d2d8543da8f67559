BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $ours = [System.Diagnostics.FileVersionInfo]::GetVersionInfo((Join-Path $env:HUBCACHE_TEST_MODULE 'lib/Polly.Core.dll')).FileVersion

    # Both modules use Polly for real: one retries its own exception, the other a 503 of the Hub.
    $report = {
        param($cache)
        $decoy = Get-DecoyPolly
        $file = Save-HubFile test/retried a.txt -CachePath $cache
        $loaded = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'Polly.Core' }
        $hubCache = $loaded | Where-Object { [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext($_).Name -eq 'HubCache.Retry' }
        "decoy $decoy"
        "ours $([System.Diagnostics.FileVersionInfo]::GetVersionInfo($hubCache.Location).FileVersion) $($file.Source) $($loaded.Count)"
    }.ToString()
}

Describe 'Beside a module that brings another Polly, <_> imported first' -ForEach 'HubCache', 'the other' {
    BeforeAll {
        Add-FakeRepo test/retried @{ path = 'a.txt'; text = 'retried' }
        Add-Fault @{ kind = 'Status'; statusCode = 503; pathContains = 'test/retried' }
        $modules = $env:HUBCACHE_TEST_MODULE, $env:HUBCACHE_TEST_DECOY
        if ($_ -ne 'HubCache') {
            [array]::Reverse($modules)
        }
        $script = "`$ErrorActionPreference = 'Stop'; Import-Module '$($modules[0])'; Import-Module '$($modules[1])'; & { $report } '$TestDrive/cache-$($_ -replace ' ')'"
        $lines = & (Join-Path $PSHOME 'pwsh') -NoProfile -NonInteractive -Command $script 2>&1 | ForEach-Object { "$_" }
    }

    It 'lets the other have its own' {
        $lines -match '^decoy 8\.5\.2\.' | Should -HaveCount 1
    }

    It 'has ours' {
        $lines | Should -Contain "ours $ours Downloaded 2"
        $ours | Should -Not -BeLike '8.5.2*'
    }
}
