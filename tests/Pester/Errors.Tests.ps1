BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $wrongToken = New-Secret 'hf_wrong'
    $plainToken = New-Secret 'hf_nogate'
    $file = Join-Path $TestDrive 'a-file'
    Set-Content -LiteralPath $file -Value 'not a folder'
    foreach ($name in 'limited', 'stalled', 'portal', 'spoilt', 'spoilt-small') {
        Add-FakeRepo "test/$name" @{ path = 'a.bin'; size = 200000 }, @{ path = 'a.txt'; text = 'some text' }
    }
    Add-Fault @{ kind = 'Status'; statusCode = 429; headers = @{ 'Retry-After' = '864000' }; pathContains = 'test/limited'; times = -1 }
    Add-Fault @{ kind = 'Stall'; bytes = 1000; pathContains = 'test/stalled'; times = -1 }
    Add-Fault @{ kind = 'HtmlPage'; pathContains = 'test/portal'; times = -1 }
    Add-Fault @{ kind = 'FlipBit'; offset = 5; pathContains = 'test/spoilt'; times = -1 }
}

AfterAll {
    Clear-Fault
}

Describe 'An error: <Id>' -ForEach @(
    @{ Id = 'InvalidRepoId'; Category = 'InvalidArgument'; Target = 'bad id'; Call = { Save-HubFile 'bad id' a.bin -CachePath $cache } }
    @{ Id = 'InvalidRevision'; Category = 'InvalidArgument'; Target = 'a..b'; Call = { Save-HubFile solo a.bin -Revision a..b -CachePath $cache } }
    @{ Id = 'InvalidRevision'; Category = 'InvalidArgument'; Target = '123'; Call = { Save-HubFile solo a.bin -CommitHash 123 -CachePath $cache } }
    @{ Id = 'InvalidFileName'; Category = 'InvalidArgument'; Target = '../a.bin'; Call = { Save-HubFile solo ../a.bin -CachePath $cache } }
    @{ Id = 'InvalidOption'; Category = 'InvalidArgument'; Target = '-Endpoint'; Call = { Save-HubFile solo a.bin -Endpoint ftp://host -CachePath $cache } }
    @{ Id = 'InvalidOption'; Category = 'InvalidArgument'; Target = 'Proxy'; Call = { Save-HubFile solo a.bin -Proxy host -CachePath $cache } }
    @{ Id = 'RepoNotFound'; Category = 'ObjectNotFound'; Target = 'demo/nope'; Call = { Save-HubFile demo/nope a.bin -CachePath $cache } }
    @{ Id = 'RepoNotFound'; Category = 'ObjectNotFound'; Target = 'demo/private'; Call = { Save-HubFile demo/private config.json -CachePath $cache } }
    @{ Id = 'RevisionNotFound'; Category = 'ObjectNotFound'; Target = 'nope'; Call = { Save-HubFile solo config.json -Revision nope -CachePath $cache } }
    @{ Id = 'HubFileNotFound'; Category = 'ObjectNotFound'; Target = 'nope.txt'; Call = { Save-HubFile solo nope.txt -CachePath $cache } }
    @{ Id = 'NotCached'; Category = 'ObjectNotFound'; Target = 'demo/nope'; Call = { Get-HubCache demo/nope -CachePath $cache } }
    @{ Id = 'TokenInvalid'; Category = 'AuthenticationError'; Target = $null; Call = { Save-HubFile solo config.json -Token $wrongToken -CachePath $cache } }
    @{ Id = 'GatedRepo'; Category = 'PermissionDenied'; Target = 'demo/gated'; Call = { Save-HubFile demo/gated config.json -Token $plainToken -CachePath $cache } }
    @{ Id = 'RateLimited'; Category = 'LimitsExceeded'; Target = $null; Call = { Save-HubFile test/limited a.bin -MaximumRetryCount 0 -CachePath $cache } }
    @{ Id = 'TransferTimeout'; Category = 'OperationTimeout'; Target = $null; Call = { Save-HubFile test/stalled a.bin -MaximumRetryCount 0 -OperationTimeoutSeconds 1 -CachePath $cache } }
    @{ Id = 'HubUnreachable'; Category = 'ConnectionError'; Target = $null; Call = { Save-HubFile solo config.json -Endpoint http://127.0.0.1:1 -MaximumRetryCount 0 -CachePath (Join-Path $TestDrive empty) } }
    @{ Id = 'HubProtocolError'; Category = 'ProtocolError'; Target = $null; Call = { Save-HubFile test/portal a.bin -MaximumRetryCount 0 -CachePath $cache } }
    @{ Id = 'HashMismatch'; Category = 'InvalidData'; Target = $null; Call = { Save-HubFile test/spoilt a.bin -MaximumRetryCount 0 -CachePath $cache } }
    @{ Id = 'HashMismatch'; Category = 'InvalidData'; Target = $null; Call = { Save-HubFile test/spoilt-small a.txt -MaximumRetryCount 0 -CachePath $cache } }
    @{ Id = 'CacheWriteFailed'; Category = 'WriteError'; Target = $null; Call = { Save-HubFile solo config.json -CachePath (Join-Path $file cache) } }
    @{ Id = 'OfflineNotCached'; Category = 'ResourceUnavailable'; Target = $null; Call = { Save-HubFile solo config.json -Offline -CachePath (Join-Path $TestDrive empty) } }
) {
    BeforeAll {
        $cache = Join-Path $TestDrive 'cache'
        $record = Get-ErrorOf $Call
    }

    It 'has its id, for scripts to match' {
        $record.FullyQualifiedErrorId | Should -BeLike "$Id,HubCache.PowerShell.*Command"
    }

    It 'has its category' {
        $record.CategoryInfo.Category | Should -Be $Category
    }

    It 'has a target' {
        $record.TargetObject | Should -Not -BeNullOrEmpty
        if ($Target) {
            $record.TargetObject | Should -Be $Target
        }
    }

    It 'has a message and something to do about it' {
        $record.ErrorDetails.Message | Should -Not -BeNullOrEmpty
        $record.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $record.Exception | Should -BeOfType ([HubCache.HubCacheException])
    }

    It 'leaves nothing behind' {
        if (Test-Path -LiteralPath $cache) {
            Get-Temp $cache | Should -BeNullOrEmpty
            Get-ChildItem -LiteralPath $cache -Recurse -Force -File | Where-Object Name -In a.bin, a.txt | Should -BeNullOrEmpty
        }
    }
}

Describe 'Errors among other items' {
    BeforeAll {
        $cache = Join-Path $TestDrive 'among'
    }

    It 'are one for each item, and the next goes on' {
        $faults = @()
        $files = Save-HubFile demo/tiny config.json, nope1, README.md, nope2, ../x -CachePath $cache -ErrorVariable faults -ErrorAction SilentlyContinue
        $files.FileName | Should -Be 'config.json', 'README.md'
        $faults.FullyQualifiedErrorId -replace ',.*' | Should -Be 'InvalidFileName', 'HubFileNotFound', 'HubFileNotFound'
    }

    It 'are one for a repo that fails as a whole' {
        $faults = @()
        Save-HubFile demo/nope a, b, c -CachePath $cache -ErrorVariable faults -ErrorAction SilentlyContinue
        $faults.Count | Should -Be 1
    }

    It 'of a piped repo id do not keep the others from coming' {
        $faults = @()
        $files = 'bad id', 'demo/nope', 'solo' | Save-HubFile -FileName config.json -CachePath $cache -ErrorVariable faults -ErrorAction SilentlyContinue
        $files.RepoId | Should -Be 'solo'
        $faults.FullyQualifiedErrorId -replace ',.*' | Should -Be 'InvalidRepoId', 'RepoNotFound'
    }

    It 'set $?' {
        Save-HubFile solo nope -CachePath $cache -ErrorAction SilentlyContinue
        $? | Should -BeFalse
        $null = Save-HubFile solo config.json -CachePath $cache
        $? | Should -BeTrue
    }

    It 'end the call with -ErrorAction Stop, and can be caught by id' {
        $caught = try {
            Save-HubFile demo/tiny config.json, nope -CachePath $cache -ErrorAction Stop | Out-Null
        }
        catch {
            $_
        }
        $caught.FullyQualifiedErrorId | Should -BeLike 'HubFileNotFound,*'
        $caught.Exception | Should -BeOfType ([HubCache.HubCacheException])
        $caught.Exception.Code | Should -Be 'HubFileNotFound'
    }

    It 'end the call with $ErrorActionPreference as well, and leave no temp' {
        Add-FakeRepo test/half @{ path = 'big.bin'; size = 60000000 }
        Add-Fault @{ kind = 'Throttle'; bytesPerSecond = 2000000; pathContains = 'test/half'; times = -1 }
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        {
            $ErrorActionPreference = 'Stop'
            'demo/nope', 'test/half' | Save-HubFile -FileName big.bin -CachePath $cache
        } | Should -Throw -ErrorId 'RepoNotFound,*'
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 10
        Get-Temp $cache | Should -BeNullOrEmpty
    }
}

Describe 'A token' {
    BeforeAll {
        $cache = Join-Path $TestDrive 'token'
        $secret = 'hf_' + 'TopSecret'
    }

    It 'opens a gated repo, and is not shown' {
        $token = New-Secret 'hf_demo'
        $all = Save-HubFile demo/gated config.json, model.bin -Token $token -CachePath $cache -Verbose *>&1 | Out-String
        $all | Should -Match 'model\.bin'
        $all | Should -Not -Match 'hf_demo'
    }

    It 'as plain text is refused, and repeated nowhere' {
        $record = Get-ErrorOf { Save-HubFile solo config.json -Token $secret -CachePath $cache }
        $record.FullyQualifiedErrorId | Should -Be 'ParameterArgumentTransformationError,HubCache.PowerShell.SaveHubFileCommand'
        $record.Exception.Message | Should -Match 'SecureString'
        $shown = @(
            $record | Format-List * -Force
            $record.Exception | Format-List * -Force
            $record.Exception.InnerException | Format-List * -Force
            $record.Exception.ErrorRecord | Format-List * -Force
            $record.CategoryInfo | Format-List * -Force
            $record.InvocationInfo | Format-List * -Force
            $record.InvocationInfo.BoundParameters
            $record.InvocationInfo.UnboundArguments
            [System.Management.Automation.PSSerializer]::Serialize($record, 5)
        ) | Out-String -Width 500
        $shown | Should -Not -Match $secret
    }

    It 'that is wrong is not repeated either' {
        $token = New-Secret $secret
        $record = Get-ErrorOf { Save-HubFile solo config.json -Token $token -CachePath $cache -Verbose *>&1 }
        $record.FullyQualifiedErrorId | Should -BeLike 'TokenInvalid,*'
        ($record | Format-List * -Force), ($record.Exception | Format-List * -Force) | Out-String -Width 500 | Should -Not -Match $secret
    }
}

Describe 'A duration' {
    It 'is not a bare number: <_>' -ForEach '30', "'30'", '1.5', "'-5'", "'1.5'", '30L' {
        $record = Get-ErrorOf ([scriptblock]::Create("Get-HubIncomplete -CachePath '$TestDrive' -MinimumAge $_"))
        $record.FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentTransformationError,*'
        $record.Exception.Message | Should -Match 'New-TimeSpan'
    }

    It 'is not negative' {
        Get-ErrorOf { Get-HubIncomplete -MinimumAge '-1:00:00' } | ForEach-Object { $_.Exception.Message } | Should -Match 'negative'
        Get-ErrorOf { Get-HubIncomplete -MinimumAge (New-TimeSpan -Hours -1) } | ForEach-Object { $_.Exception.Message } | Should -Match 'negative'
    }

    It 'is <_>' -ForEach '1:00:00', "'1.00:00:00'", '(New-TimeSpan -Hours 1)' {
        { & ([scriptblock]::Create("Get-HubIncomplete -CachePath '$TestDrive/none' -MinimumAge $_")) } | Should -Not -Throw
    }
}
