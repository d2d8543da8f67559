BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    foreach ($name in 'stop', 'little', 'first', 'throws', 'signal', 'progress') {
        Add-FakeRepo "test/$name" @{ path = 'big.bin'; size = 60000000 }, @{ path = 'small.txt'; text = 'small' }, @{ path = 'mid.bin'; size = 3000000 }
    }
    Add-FakeRepo test/late @{ path = 'big.bin'; size = 1000 }
    Add-Fault @{ kind = 'Delay'; milliseconds = 1500; pathContains = 'test/late'; times = -1 }
    foreach ($name in 'stop', 'signal') {
        Add-Fault @{ kind = 'Stall'; offset = 40000000; pathContains = "test/$name"; times = -1 }
    }
    foreach ($name in 'little', 'first', 'throws') {
        Add-Fault @{ kind = 'Stall'; offset = 10000000; pathContains = "test/$name"; times = -1 }
    }

    # What a stop of a large download leaves to the next one, and nothing else.
    function Get-FreeTemp([string] $Cache) {
        $temps = Get-Temp $Cache
        $temps | Should -HaveCount 1
        $temps[0].Name | Should -Match '^[0-9a-f]{64}\.free-[0-9a-f]{8}\.incomplete$'
        $temps[0].Length | Should -BeGreaterOrEqual 16mb
        $temps[0]
    }

    function Save-Rest([string] $Repo, [string] $Cache, [long] $Length) {
        Clear-Fault
        $file = Save-HubFile $Repo big.bin -CachePath $Cache
        $file.Source | Should -Be 'Resumed'
        $file.Verification | Should -Be 'Sha256'
        $file.BytesDownloaded | Should -BeLessOrEqual (60000000 - $Length + 1mb)
        Get-Temp $Cache | Should -BeNullOrEmpty
    }
}

AfterAll {
    Clear-Fault
}

Describe 'A stop' {
    It 'by Select-Object -First ends what else is under way' {
        $cache = Join-Path $TestDrive 'first'
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $file = 'test/late', 'test/first' | Save-HubFile -FileName big.bin -CachePath $cache -OperationTimeoutSeconds 60 |
            ForEach-Object { $temps = Get-Temp $cache; $_ } | Select-Object -First 1
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 30 -Because 'the stall is one only after 60 s'
        $file.RepoId | Should -Be 'test/late'
        $temps.Length | Should -BeGreaterThan 1mb
        Get-Temp $cache | Should -BeNullOrEmpty
    }

    It 'by a later command that throws ends it too' {
        $cache = Join-Path $TestDrive 'throws'
        { 'test/late', 'test/throws' | Save-HubFile -FileName big.bin -CachePath $cache -OperationTimeoutSeconds 60 | ForEach-Object { throw 'mine' } } | Should -Throw 'mine'
        Get-Temp $cache | Should -BeNullOrEmpty
    }

    It 'by Stop() leaves no temp of less than 16 MB' {
        $cache = Join-Path $TestDrive 'little'
        $pipeline = Start-Pipeline "Save-HubFile test/little big.bin -CachePath '$cache' -OperationTimeoutSeconds 60"
        try {
            Wait-Until { Get-Temp $cache | Where-Object Length -GT 5mb }
            $pipeline.Shell.Stop()
            Get-Temp $cache | Should -BeNullOrEmpty
        }
        finally {
            $pipeline.Shell.Dispose()
        }
    }

    It 'by Stop() ends a stalled download without waiting for the stall, and the next call goes on from there' {
        $cache = Join-Path $TestDrive 'stop'
        $pipeline = Start-Pipeline "Save-HubFile test/stop big.bin -CachePath '$cache' -OperationTimeoutSeconds 60"
        try {
            Wait-Until { Get-Temp $cache | Where-Object Length -GT 30mb }
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $pipeline.Shell.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 30 -Because 'the stall is one only after 60 s'
            $pipeline.Shell.InvocationStateInfo.State | Should -Be 'Stopped'
            $pipeline.Shell.Streams.Error | Should -BeNullOrEmpty
            $temp = Get-FreeTemp $cache
            (Get-HubIncomplete test/stop -CachePath $cache).State | Should -Be 'Dead'

            # In the same session as before.
            Clear-Fault
            $pipeline.Shell.Commands.Clear()
            $file = $pipeline.Shell.AddScript("Save-HubFile test/stop big.bin -CachePath '$cache'").Invoke()
            $file.Source | Should -Be 'Resumed'
            $file.BytesDownloaded | Should -BeLessOrEqual (60000000 - $temp.Length + 1mb)
            Get-Temp $cache | Should -BeNullOrEmpty
        }
        finally {
            $pipeline.Shell.Dispose()
        }
    }

    It 'by Ctrl-C in a real pwsh ends it without waiting for the stall, and the next call goes on from there' -Skip:$IsWindows {
        Add-Fault @{ kind = 'Stall'; offset = 40000000; pathContains = 'test/signal'; times = -1 }
        $cache = Join-Path $TestDrive 'signal'
        $script = Join-Path $TestDrive 'signal.ps1'
        Set-Content -LiteralPath $script -Value "Import-Module '$env:HUBCACHE_TEST_MODULE'; Save-HubFile test/signal big.bin -CachePath '$cache' -OperationTimeoutSeconds 60"

        # A shell that runs the tests in the background has the signal ignored, and children inherit that.
        $start = @(Join-Path $PSHOME 'pwsh') + '-NoProfile', '-File', $script
        if ($IsLinux -and (env --help | Select-String -SimpleMatch 'default-signal' -Quiet)) {
            $start = @((Get-Command env -CommandType Application)[0].Source, '--default-signal=INT') + $start
        }
        $child = Start-Process -FilePath $start[0] -ArgumentList $start[1..9] -PassThru -RedirectStandardOutput "$TestDrive/signal.out" -RedirectStandardError "$TestDrive/signal.err"
        Wait-Until { Get-Temp $cache | Where-Object Length -GT 30mb }
        & /bin/kill -INT $child.Id
        $child.WaitForExit(30000) | Should -BeTrue -Because 'the stall is one only after 60 s'
        Save-Rest -Repo test/signal -Cache $cache -Length (Get-FreeTemp $cache).Length
    }
}

Describe 'Progress' {
    BeforeAll {
        Add-Fault @{ kind = 'Throttle'; bytesPerSecond = 1500000; pathContains = 'test/progress'; times = -1 }
        $isWellFormed = {
            param($records)
            foreach ($id in $records.ActivityId | Select-Object -Unique) {
                @($records | Where-Object ActivityId -EQ $id)[-1].RecordType | Should -Be 'Completed'
            }
            $records | Where-Object { $_.PercentComplete -lt 0 -or $_.PercentComplete -gt 100 } | Should -BeNullOrEmpty
            $records | Where-Object { $_.SecondsRemaining -lt -1 } | Should -BeNullOrEmpty
        }
    }

    It 'shows a parent and a child with bytes, a rate and the time left, and goes away' {
        # Two seconds on one connection: on several it may be over before a rate is known.
        $pipeline = Start-Pipeline "Save-HubFile test/progress mid.bin -ConnectionsPerFile 1 -CachePath '$TestDrive/progress'"
        try {
            $null = $pipeline.Shell.EndInvoke($pipeline.Handle)
            $records = @($pipeline.Shell.Streams.Progress | Where-Object { $_.ActivityId -ge 0x48430000 })
            $records.Count | Should -BeGreaterThan 4
            & $isWellFormed $records
            $parents = $records | Where-Object ParentActivityId -EQ -1
            $children = $records | Where-Object ParentActivityId -EQ $parents[0].ActivityId
            ($parents.ActivityId | Select-Object -Unique).Count | Should -Be 1
            $children[0].Activity | Should -Be 'mid.bin'
            $children.StatusDescription -match '^\w+: .* of 2\.86 MB, .*/s$' | Should -Not -BeNullOrEmpty
            $children.SecondsRemaining | Where-Object { $_ -gt 0 } | Should -Not -BeNullOrEmpty
        }
        finally {
            $pipeline.Shell.Dispose()
        }
    }

    It 'goes away after a stop too' {
        $pipeline = Start-Pipeline "Save-HubFile test/progress big.bin -CachePath '$TestDrive/progress2'"
        try {
            Wait-Until { $pipeline.Shell.Streams.Progress.Where({ $_.ActivityId -ge 0x48430000 }).Count -gt 3 }
            $pipeline.Shell.Stop()
            & $isWellFormed @($pipeline.Shell.Streams.Progress | Where-Object { $_.ActivityId -ge 0x48430000 })
        }
        finally {
            $pipeline.Shell.Dispose()
        }
    }

    It 'is not shown for a call that is over at once' {
        $pipeline = Start-Pipeline "Save-HubFile solo config.json -CachePath '$TestDrive/quick'; Save-HubFile solo config.json -CachePath '$TestDrive/quick'"
        try {
            $null = $pipeline.Shell.EndInvoke($pipeline.Handle)
            $pipeline.Shell.Streams.Progress | Where-Object { $_.ActivityId -ge 0x48430000 } | Should -BeNullOrEmpty
        }
        finally {
            $pipeline.Shell.Dispose()
        }
    }
}
