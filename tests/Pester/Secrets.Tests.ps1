# No secret in any stream, record, transcript or error, however deep, whatever the network does.

BeforeDiscovery {
    $faults = @(
        @{ Name = 'CONNECT 403'; Answer = "HTTP/1.1 403 No`r`nContent-Length: 0`r`n`r`n"; Id = 'ProxyRefused' }
        @{ Name = 'CONNECT 407'; Answer = "HTTP/1.1 407 No`r`nProxy-Authenticate: Basic realm=x`r`nContent-Length: 0`r`nConnection: close`r`n`r`n"; Id = 'ProxyRefused' }
        @{ Name = 'CONNECT 502'; Answer = "HTTP/1.1 502 No`r`nContent-Length: 0`r`n`r`n"; Id = 'HubUnreachable' }
        @{ Name = 'garbage with the password in it'; Answer = "what is s3cret-canary for?`r`n`r`n"; Id = 'HubProtocolError' }
        @{ Name = 'a close'; Answer = ''; Id = 'HubUnreachable' }
        @{ Name = 'a dead proxy'; Answer = $null; Id = 'HubUnreachable' }
    )
    $ways = 'HTTPS_PROXY', 'ALL_PROXY', '-Proxy'
    $cases = foreach ($fault in $faults) {
        foreach ($way in $ways) {
            $fault + @{ Way = $way }
        }
    }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    Add-Type -Path (Join-Path $PSScriptRoot "../FakeHub/bin/$($env:HUBCACHE_TEST_CONFIGURATION ?? 'Release')/net8.0/FakeHub.dll")
    $manifest = Get-Content -LiteralPath (Join-Path $env:HUBCACHE_TEST_MODULE 'hubcache.snapshot.dsc.resource.json') -Raw | ConvertFrom-Json -AsHashtable

    # All that can be reached from an object by what people and loggers look at.
    function Get-EverythingIn($Root) {
        $texts = [System.Collections.Generic.List[string]]::new()
        $seen = [System.Collections.Generic.HashSet[object]]::new([System.Collections.Generic.ReferenceEqualityComparer]::Instance)
        $open = [System.Collections.Generic.Queue[object]]::new()
        $Root | ForEach-Object { $open.Enqueue($_) }
        while ($open.Count -gt 0) {
            $one = $open.Dequeue()
            if ($null -eq $one -or -not $seen.Add($one)) {
                continue
            }
            $texts.Add("$one")
            if ($one -is [System.Management.Automation.ErrorRecord]) {
                $texts.Add(($one | Format-List * -Force | Out-String -Width 4000))
                $one.Exception, $one.TargetObject, $one.ErrorDetails, $one.CategoryInfo | Where-Object { $null -ne $_ } | ForEach-Object { $open.Enqueue($_) }
            }
            if ($one -is [System.Exception]) {
                $texts.Add($one.ToString())
                $one.Data.GetEnumerator() | ForEach-Object { $texts.Add("$($_.Key)=$($_.Value)") }
                if ($one.InnerException) { $open.Enqueue($one.InnerException) }
                if ($one -is [System.Management.Automation.IContainsErrorRecord]) { $open.Enqueue($one.ErrorRecord) }
                if ($one.PSObject.Properties['Target']) { $open.Enqueue($one.Target); $texts.Add($one.Advice) }
            }
            if ($one -is [System.Management.Automation.ErrorDetails]) { $texts.Add("$($one.Message) $($one.RecommendedAction)") }
            if ($one -is [System.Management.Automation.InformationRecord]) { $texts.Add(($one.MessageData | Format-List * | Out-String)) }
        }
        $texts -join "`n"
    }

    # The script knows the secret by a variable only: its own text is the caller's.
    function Invoke-Watched([string] $Script, [hashtable] $Environment) {
        $before = @{}
        $transcript = Join-Path $TestDrive "transcript-$([guid]::NewGuid()).txt"
        try {
            $Environment.Keys | ForEach-Object { $before[$_] = [Environment]::GetEnvironmentVariable($_); [Environment]::SetEnvironmentVariable($_, $Environment[$_]) }
            $global:Error.Clear()
            $null = Start-Transcript -LiteralPath $transcript
            $ErrorActionPreference = $VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
            $all = try { & ([scriptblock]::Create($Script)) *>&1 } catch { $_ }
            $all | Out-String -Width 4000 | Out-Host
        }
        finally {
            $null = Stop-Transcript
            $before.Keys | ForEach-Object { [Environment]::SetEnvironmentVariable($_, $before[$_]) }
        }
        [pscustomobject]@{
            Records = @($all)
            Text    = (Get-EverythingIn (@($all) + @($global:Error))) + (Get-Content -LiteralPath $transcript -Raw)
        }
    }
}

Describe 'A proxy password' {
    It 'is nowhere: <Name>, by <Way>' -ForEach $cases {
        $proxy = [FakeHub.FakeProxy]::Answer("$Answer")
        try {
            $address = "http://user:s3cret-canary@$($proxy.Address.Authority)"
            if ($null -eq $Answer) {
                $proxy.Dispose()
            }
            $environment = $Way -eq '-Proxy' ? @{} : @{ $Way = $address }
            Set-Variable -Name canaryProxy -Scope Global -Value ($Way -eq '-Proxy' ? @{ Proxy = $address } : @{})
            $cache = Join-Path $TestDrive "proxy-$([guid]::NewGuid())"
            $run = Invoke-Watched "Save-HubFile org/one a.bin -Endpoint https://hub.example -CachePath '$cache' -MaximumRetryCount 0 @canaryProxy -Verbose -Debug; Find-HubFile org/one -Endpoint https://hub.example -CachePath '$cache' -MaximumRetryCount 0 @canaryProxy -Verbose -Debug" $environment
            $run.Text.Contains('s3cret-canary') | Should -BeFalse
            $run.Text.Contains($proxy.Address.Authority) | Should -BeTrue
            ($run.Records | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] }).FullyQualifiedErrorId -replace ',.*' | Should -Be $Id, $Id
        }
        finally {
            $proxy.Dispose()
            Remove-Variable canaryProxy -Scope Global
        }
    }

    It 'is in nothing that the DSC resource writes: <Name>' -ForEach $faults[0..2] {
        $proxy = [FakeHub.FakeProxy]::Answer("$Answer")
        try {
            $start = [System.Diagnostics.ProcessStartInfo]::new('pwsh')
            $manifest.set.args | ForEach-Object { $start.ArgumentList.Add($_) }
            $start.WorkingDirectory = $env:HUBCACHE_TEST_MODULE
            $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
            $start.Environment['HTTPS_PROXY'] = "http://user:s3cret-canary@$($proxy.Address.Authority)"
            $start.Environment['HF_ENDPOINT'] = 'https://hub.example'
            $start.Environment['HF_TOKEN'] = 'hf_s3cret-canary'
            if ($null -eq $Answer) {
                $proxy.Dispose()
            }
            $process = [System.Diagnostics.Process]::Start($start)
            $errors = $process.StandardError.ReadToEndAsync()
            $process.StandardInput.Write((ConvertTo-Json @{ repoId = 'org/one'; fileName = @('a.bin'); cachePath = (Join-Path $TestDrive dsc) } -Compress))
            $process.StandardInput.Close()
            $output = $process.StandardOutput.ReadToEnd()
            $process.WaitForExit()
            $process.ExitCode | Should -Be ($Id -eq 'ProxyRefused' ? 5 : 3)
            $errors.Result | Should -BeLike "*$Id*"
            $output + $errors.Result | Should -Not -BeLike '*s3cret-canary*'
        }
        finally {
            $proxy.Dispose()
        }
    }

    It 'is not repeated when the address is none: <Script>' -ForEach @(
        @{ Script = 'Save-HubFile solo config.json -Proxy $canary' }
        @{ Script = 'Save-HubFile solo config.json -Endpoint $canary' }
        @{ Script = 'Find-HubFile solo -Proxy $canary' }
        @{ Script = '$env:HTTPS_PROXY = $canary; Save-HubFile solo config.json -Endpoint https://hub.example -MaximumRetryCount 0' }
        @{ Script = '$env:NO_PROXY = $canary; Save-HubFile solo config.json -Endpoint https://hub.example -MaximumRetryCount 0' }
        @{ Script = '$env:HF_ENDPOINT = $canary; Save-HubFile solo config.json' }
        @{ Script = 'Save-HubFile $canary' }
        @{ Script = 'Get-HubFile $canary' }
    ) {
        foreach ($address in 'http://user:s3cret-canary@host:99999999', 'ftp://user:s3cret-canary@host', 'http://user:s3cret-canary@', 'https://user:s3cret-canary@huggingface.co/a/b/c/d?x=s3cret-canary') {
            Set-Variable -Name canary -Scope Global -Value $address
            $run = Invoke-Watched "$Script -CachePath '$(Join-Path $TestDrive none)' -Verbose -Debug" @{ HTTPS_PROXY = $null; NO_PROXY = $null; HF_ENDPOINT = $env:HF_ENDPOINT; ALL_PROXY = $Script.Contains('NO_PROXY') ? 'http://127.0.0.1:9' : $null }
            $run.Text.Contains('s3cret-canary') | Should -BeFalse -Because "it was in `"$address`"; $($run.Text -split "`n" -match 's3cret-canary' | Select-Object -First 2)"
        }
        Remove-Variable canary -Scope Global
    }
}

Describe 'A secret in what a server sends' {
    It 'is not repeated: a user and a signature in the place that a redirect leads to' {
        $null = Add-FakeRepo secrets/redirected @{ path = 'a.bin'; size = 40000 }
        try {
            Add-Fault @{ kind = 'Redirect'; pathContains = 'secrets/redirected'; location = 'http://user:s3cret-canary@127.0.0.1:9/x?Signature=s3cret-canary'; statusCode = 302; times = -1; method = 'GET' }
            $run = Invoke-Watched "Save-HubFile secrets/redirected a.bin -CachePath '$(Join-Path $TestDrive redirected)' -MaximumRetryCount 0 -Verbose -Debug" @{}
            $run.Text.Contains('s3cret-canary') | Should -BeFalse
            $run.Text.Contains('127.0.0.1') | Should -BeTrue
        }
        finally {
            Clear-Fault
        }
    }
}
