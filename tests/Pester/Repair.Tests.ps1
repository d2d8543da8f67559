# Repair-HubCache: from the pipeline and by name, what it says, and what it fetches.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $null = Add-FakeRepo repair/one @(@{ path = 'config.json'; text = '{}' }, @{ path = 'weights.bin'; size = 3000000 }, @{ path = 'other.bin'; size = 2000000; seed = 5 })

    function Write-Spoilt([string] $Path) {
        $bytes = [System.IO.File]::ReadAllBytes($Path)
        $bytes[10] = $bytes[10] -bxor 1
        [System.IO.File]::WriteAllBytes($Path, $bytes)
    }
}

Describe 'Repair-HubCache' {
    BeforeEach {
        $cache = Join-Path $TestDrive ([guid]::NewGuid())
        $files = Save-HubFile repair/one -CachePath $cache
        $weights = $files | Where-Object FileName -EQ weights.bin
        Write-Spoilt $weights.BlobPath
    }

    It 'mends what Test-HubCache finds, and fetches nothing else' {
        $before = @(Get-Request repair/one | Where-Object method -EQ GET).Count
        $item = Test-HubCache -CachePath $cache | Repair-HubCache
        $item.Kind, $item.Action, $item.Result, $item.FileName | Should -Be 'CorruptBlob', 'Fetched', 'Repaired', 'weights.bin'
        $item.BytesDownloaded | Should -Be 3000000
        Test-HubCache -CachePath $cache -Quiet | Should -BeTrue
        @(Get-Request repair/one | Where-Object method -EQ GET | Select-Object -Skip $before | Where-Object { $_.path -like '*other.bin*' -or $_.path -like '*config.json*' }) | Should -BeNullOrEmpty
        (Get-FileHash -LiteralPath $weights.FullName).Hash | Should -Be $weights.ETag
    }

    It 'checks what is named, and keeps to it' {
        Remove-Item -LiteralPath ($files | Where-Object FileName -EQ config.json).FullName
        (Repair-HubCache repair/one -FileName config.json -CachePath $cache).Action | Should -Be Linked
        (Repair-HubCache repair/* -CachePath $cache).Action | Should -Be Fetched
        Repair-HubCache repair/one -CachePath $cache | Should -BeNullOrEmpty
    }

    It 'asks for a selector, and for a whole cache in so many words' {
        (Get-ErrorOf { Repair-HubCache -CachePath $cache }).FullyQualifiedErrorId | Should -Be 'InvalidOption,HubCache.PowerShell.RepairHubCacheCommand'
        @() | Repair-HubCache -CachePath $cache | Should -BeNullOrEmpty
        { Repair-HubCache nope/nope -CachePath $cache -ErrorAction Stop } | Should -Throw -ErrorId 'NotCached,*'
    }

    It 'says what it would fetch, and writes nothing, with -WhatIf' {
        $said = Invoke-Child "Repair-HubCache repair/one -CachePath '$cache' -WhatIf"
        ($said -join "`n") | Should -Match ('(?s)"Fetch again 2\.86 MB" on target ".*' + $weights.ETag + '"')
        ($said -join "`n") | Should -Match '3,000,000 bytes'
        Test-HubCache -CachePath $cache -Quiet | Should -BeFalse
        Get-Temp $cache | Should -BeNullOrEmpty
    }

    It 'takes away what cannot be trusted when it is offline' {
        $item = Test-HubCache -CachePath $cache | Repair-HubCache -Offline
        $item.Action, $item.BytesDownloaded | Should -Be 'SetAside', 0
        Test-Path -LiteralPath $weights.FullName | Should -BeFalse
        Test-HubCache -CachePath $cache -Quiet | Should -BeTrue
        Remove-HubIncomplete -CachePath $cache
        Get-Temp $cache | Should -BeNullOrEmpty
        (Save-HubFile repair/one -CachePath $cache).Source | Sort-Object -Unique | Should -Be 'Cache', 'Downloaded'
    }

    It 'reports what cannot be fetched, and goes on with the next' {
        Write-Spoilt ($files | Where-Object FileName -EQ other.bin).BlobPath
        Add-Fault @{ kind = 'Status'; statusCode = 503; pathContains = 'weights.bin' }
        try {
            $faults = @()
            $items = Test-HubCache -CachePath $cache | Repair-HubCache -MaximumRetryCount 0 -ErrorAction SilentlyContinue -ErrorVariable faults
        }
        finally {
            Clear-Fault
        }

        ($items | Where-Object FileName -EQ weights.bin).Result | Should -Be Failed
        ($items | Where-Object FileName -EQ other.bin).Result | Should -Be Repaired
        $faults.FullyQualifiedErrorId | Should -Contain 'HubUnreachable,HubCache.PowerShell.RepairHubCacheCommand'
        Test-Path -LiteralPath $weights.FullName | Should -BeTrue
    }

    It 'mends links, refs and modes' {
        $repo = Join-Path $cache 'models--repair--one'
        $config = $files | Where-Object FileName -EQ config.json
        Remove-Item -LiteralPath $config.FullName
        New-Item -ItemType SymbolicLink -Path $config.FullName -Target $config.BlobPath | Out-Null
        Set-Content -LiteralPath (Join-Path $repo refs/main) -Value nonsense
        if (-not $IsWindows) {
            chmod 0 $config.BlobPath
        }
        $items = Test-HubCache -CachePath $cache | Repair-HubCache
        $items.Result | Sort-Object -Unique | Should -Be Repaired
        $items.Action | Should -Contain RefSet
        Get-Content -LiteralPath (Join-Path $repo refs/main) -Raw | Should -BeExactly $config.CommitHash
        (Get-Item -LiteralPath $config.FullName).LinkTarget | Should -Be "../../blobs/$($config.ETag)"
        Test-HubCache -CachePath $cache | Should -BeNullOrEmpty
    }

    It 'refuses an object that is no problem of the cache' {
        $problem = [pscustomobject]@{ RepoId = 'repair/one'; RepoType = 'Model'; Kind = 'ForeignFile'; FullName = (Join-Path $TestDrive 'elsewhere') }
        $fault = Get-ErrorOf { $problem | Repair-HubCache -CachePath $cache }
        $fault.FullyQualifiedErrorId | Should -Be 'InvalidOption,HubCache.PowerShell.RepairHubCacheCommand'
    }
}
