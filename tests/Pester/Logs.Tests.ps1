# What a log shows of a call: decisions with -Verbose, a record for each file, and nothing that is meant for a screen.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $null = Add-FakeRepo logs/model @(
        @{ path = 'config.json'; text = '{ "logs": true }' }, @{ path = 'copy.json'; text = '{ "logs": true }' }, @{ path = 'model.safetensors'; size = 24000000; seed = 41 })
    $members = 'RepoId', 'RepoType', 'Revision', 'CommitHash', 'FileName', 'Started', 'Ended', 'Seconds', 'Bytes', 'BytesDownloaded', 'BytesReused', 'Source', 'ErrorId'

    function Get-Verbose([scriptblock] $Script) {
        & $Script 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] } | ForEach-Object Message
    }
}

AfterAll {
    Clear-Fault
}

Describe 'The record of a file' {
    BeforeEach {
        $cache = @{ CachePath = Join-Path $TestDrive ([guid]::NewGuid()) }
    }

    It 'is one for each file, in the order of the objects' {
        $files = Save-HubFile logs/model @cache -InformationVariable log
        $log.Count | Should -Be 3
        $log.MessageData.FileName | Should -Be $files.FileName
        $log.MessageData.CommitHash | Should -Be $files.CommitHash
        $log.MessageData.Bytes | Should -Be $files.ForEach({ $_.Length })
        $log.MessageData.BytesDownloaded | Should -Be $files.BytesDownloaded
        $log.MessageData.Source | Should -Be $files.Source
        $log[0].Tags | Should -Be HubCache, File
    }

    It 'has texts, numbers and times only, in UTC and in order' {
        $before = [datetime]::UtcNow
        $null = Save-HubFile logs/model @cache -InformationVariable log
        foreach ($report in $log.MessageData) {
            $report.psobject.Properties.Name | Should -Be $members
            $report.Started.Kind | Should -Be Utc
            $report.Ended.Kind | Should -Be Utc
            $report.Started | Should -BeGreaterOrEqual $before.AddSeconds(-1)
            $report.Ended | Should -BeGreaterOrEqual $report.Started
            [Math]::Abs(($report.Ended - $report.Started).TotalSeconds - $report.Seconds) | Should -BeLessThan 0.002
            $report.RepoId, $report.RepoType, $report.Revision | Should -Be logs/model, Model, main
            $report.ErrorId | Should -BeNullOrEmpty
        }
    }

    It 'measures the file''s own transfer' {
        Add-Fault @{ kind = 'Throttle'; bytesPerSecond = 20000000; pathContains = 'model.safetensors'; times = -1 }
        $null = Save-HubFile logs/model config.json, model.safetensors @cache -InformationVariable log
        $log.MessageData[1].Seconds | Should -BeGreaterThan 0.2
        $log.MessageData[0].Seconds | Should -BeLessThan $log.MessageData[1].Seconds
        $log.MessageData[1].Ended | Should -BeLessOrEqual ([datetime]::UtcNow.AddSeconds(1))
        Clear-Fault
    }

    It 'becomes a line of JSON, from the variable and from the stream' {
        $null = Save-HubFile logs/model config.json @cache -InformationVariable log
        $line = $log.MessageData | ConvertTo-Json -Compress
        @($line -split '\n').Count | Should -Be 1
        $line | Should -Match '"FileName":"config\.json".*"Started":"\d{4}-\d\d-\d\dT[^"]+Z".*"Source":"Downloaded","ErrorId":null'
        $lines = Save-HubFile logs/model @cache 6>&1 |
            Where-Object { $_ -is [System.Management.Automation.InformationRecord] } |
            ForEach-Object { $_.MessageData | ConvertTo-Json -Compress }
        ($lines | ConvertFrom-Json).Source | Should -Be Cache, Cache, Downloaded
        ($lines | ConvertFrom-Json).BytesDownloaded[0] | Should -Be 0
    }

    It 'is written for a file that failed, and for a name that there is none for' {
        $files = Save-HubFile logs/model none.bin, config.json @cache -InformationVariable log -ErrorAction SilentlyContinue
        $files.FileName | Should -Be config.json
        $log.MessageData.FileName | Should -Be none.bin, config.json
        $log.MessageData.Source | Should -Be Failed, Downloaded
        $log.MessageData[0].ErrorId | Should -Be HubFileNotFound
        $null = Save-HubFile logs/nobody a, b @cache -InformationVariable none -ErrorAction SilentlyContinue -ErrorVariable errors
        $errors.Count | Should -Be 1
        $none.MessageData.FileName | Should -Be a, b
        $none.MessageData.ErrorId | Should -Be RepoNotFound, RepoNotFound
    }

    It 'counts what a transfer brought that failed' {
        Add-Fault @{ kind = 'Stall'; offset = 20000000; pathContains = 'model.safetensors'; times = -1 }
        $null = Save-HubFile logs/model model.safetensors @cache -MaximumRetryCount 0 -OperationTimeoutSeconds 1 -InformationVariable log -ErrorAction SilentlyContinue
        Clear-Fault
        $log.MessageData.Source | Should -Be Failed
        $log.MessageData.Bytes | Should -Be 24000000
        $log.MessageData.BytesDownloaded | Should -BeGreaterThan 0
        $null = Save-HubFile logs/model model.safetensors @cache -InformationVariable log
        $log.MessageData.Source | Should -Be Resumed
        $log.MessageData.BytesDownloaded | Should -BeLessThan 24000000
    }

    It 'comes before its object, which may end the call' {
        $null = Save-HubFile logs/model @cache -InformationVariable log | Select-Object -First 1
        $log.MessageData.FileName | Should -Be config.json
    }

    It 'is not written where nothing is done' {
        $null = Save-HubFile logs/model @cache -WhatIf -InformationVariable log 6>&1
        $log.MessageData | Where-Object { $_ -is [HubCache.FileReport] } | Should -BeNullOrEmpty
    }
}

Describe 'The verbose stream' {
    BeforeEach {
        $cache = @{ CachePath = Join-Path $TestDrive ([guid]::NewGuid()) }
    }

    It 'says what was fetched, what was a hit, and of which commit' {
        $first = Get-Verbose { Save-HubFile logs/model config.json, model.safetensors @cache -Verbose }
        $first | Should -Contain 'model.safetensors: fetching it here, 24000000 bytes.'
        ($first -match '^model\.safetensors: downloaded, 24000000 bytes in [\d.]+ s over \d+ connections? at most\.$').Count | Should -Be 1
        ($first -match "^'main' of 'logs/model' is commit [0-9a-f]{40}\.$").Count | Should -Be 1
        $second = Get-Verbose { Save-HubFile logs/model @cache -Verbose }
        $second | Should -Contain 'config.json: in the cache.'
        $second | Should -Contain 'model.safetensors: in the cache.'
        $second | Should -Contain 'copy.json: its bytes are in the cache already; it gets its name.'
    }

    It 'says which retry it is, of how many, and why; and where it was resumed' {
        Add-Fault @{ kind = 'Stall'; offset = 20000000; pathContains = 'model.safetensors'; times = -1 }
        $said = Get-Verbose { Save-HubFile logs/model model.safetensors @cache -MaximumRetryCount 1 -OperationTimeoutSeconds 1 -ConnectionsPerFile 1 -Verbose -ErrorAction SilentlyContinue 2>$null }
        Clear-Fault
        ($said -match '^model\.safetensors: retry 1 of 1 in [\d.]+ s, from byte \d+: .+$').Count | Should -BeGreaterThan 0
        $said = Get-Verbose { Save-HubFile logs/model model.safetensors @cache -Verbose }
        ($said -match '^model\.safetensors: resumed at byte [1-9]\d*\.$').Count | Should -Be 1
    }

    It 'says that another call of the process fetches it' {
        Add-Fault @{ kind = 'Throttle'; bytesPerSecond = 6000000; pathContains = 'model.safetensors'; times = -1 }
        $call = "Save-HubFile logs/model model.safetensors -CachePath '$($cache.CachePath)' -Verbose"
        $leader = Start-Pipeline $call
        try {
            Wait-Until { Get-Temp $cache.CachePath | Where-Object Length -GT 2MB } -Seconds 60
            $other = Start-Pipeline $call
            Wait-Until { $leader.Handle.IsCompleted -and $other.Handle.IsCompleted } -Seconds 120
            $leader.Shell.Streams.Verbose.Message | Should -Contain 'model.safetensors: fetching it here, 24000000 bytes.'
            $other.Shell.Streams.Verbose.Message | Should -Contain 'model.safetensors: another call of this process fetches it; waiting for the blob.'
        }
        finally {
            Clear-Fault
            $leader, $other | ForEach-Object { $_.Shell.Dispose() }
        }
    }

    It 'never says the token' {
        $secret = New-Secret hf_demo
        $all = Save-HubFile logs/model @cache -Token $secret -Verbose -Debug -InformationAction Continue *>&1 | ForEach-Object { $_ | Out-String; $_.MessageData | ConvertTo-Json }
        $all -join "`n" | Should -BeLike '*model.safetensors*'
        $all -join "`n" | Should -Not -BeLike '*hf_demo*'
    }
}

Describe 'Output that goes into a file' {
    It 'has no escape sequence and no progress in it, <Where>' -ForEach @(
        @{ Where = 'sent there by who starts pwsh'; Inside = ''; Outside = $true }
        @{ Where = 'sent there by PowerShell'; Inside = '*> $env:LOG'; Outside = $false }
        @{ Where = 'the information stream beside the objects'; Inside = '6>&1 > $env:LOG'; Outside = $false }
    ) {
        $env:LOG = Join-Path $TestDrive "$([guid]::NewGuid()).log"
        $cache = Join-Path $TestDrive ([guid]::NewGuid())
        $file = Join-Path $TestDrive "$([guid]::NewGuid()).ps1"

        # Long enough for a bar to be drawn.
        Add-Fault @{ kind = 'Throttle'; bytesPerSecond = 16000000; pathContains = 'model.safetensors'; times = -1 }
        Set-Content -LiteralPath $file -Value @"
Import-Module '$env:HUBCACHE_TEST_MODULE'
Save-HubFile logs/model -CachePath '$cache' -Verbose -InformationAction Continue $Inside
Save-HubFile logs/nobody -CachePath '$cache' -Verbose -InformationAction Continue $($Inside -replace ' > ', ' >> ')
"@
        $env:NO_COLOR = '1'
        try {
            $said = @(& (Join-Path $PSHOME 'pwsh') -NoProfile -NonInteractive -File $file 2>&1 | ForEach-Object { "$_" }) -join "`n"
            $text = $Outside ? $said : (Get-Content -LiteralPath $env:LOG -Raw)
        }
        finally {
            Clear-Fault
            Remove-Item Env:NO_COLOR, Env:LOG
        }
        if ($Inside -ne '*> $env:LOG') {
            $text | Should -BeLike '*model.safetensors: Downloaded, 24000000 bytes fetched in * s*'
        }
        foreach ($shown in $text, $said) {
            $shown | Should -Not -Match '\e'
            $shown | Should -Not -Match 'files under way'
        }
    }
}
