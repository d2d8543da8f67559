BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $esc = [char]27
    $names = 'data/2023-08-29T17:55:24.parquet', 'aux.py', 'a|b.json', 'dot./f', 'NUL', 'space ', 'back\slash', '..\x', "red$esc[31m.txt", "two`nlines", "bidi$([char]0x202e)txt"
    $obeyed = '[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]'
    $null = Add-FakeRepo names/odd @($names | ForEach-Object { @{ path = $_; text = $_ } })
    $cache = Join-Path $TestDrive 'cache'
}

Describe 'Names that only some systems can have' {
    It 'are saved, found, checked and removed like any other' {
        $saved = @(Save-HubFile names/odd -CachePath $cache)
        $saved.FileName | Sort-Object | Should -BeExactly ($names | Sort-Object)
        $saved | ForEach-Object { [IO.File]::ReadAllText($_.FullName) | Should -BeExactly $_.FileName }
        @(Get-HubFile names/odd -CachePath $cache).FileName | Sort-Object | Should -BeExactly ($names | Sort-Object)
        @(Save-HubFile names/odd -CachePath $cache -Offline).Source | Should -Be (@('Cache') * $names.Count)
        Test-HubCache -CachePath $cache -Quiet | Should -BeTrue
        Test-HubCache -CachePath $cache | Should -BeNullOrEmpty
        @(Repair-HubCache names/odd -CachePath $cache) | Should -BeNullOrEmpty
        @(Get-HubFile names/odd -CachePath $cache).Count | Should -Be $names.Count
        $saved | Where-Object FileName -EQ 'NUL' | Remove-HubCache -CachePath $cache -Confirm:$false | Out-Null
        @(Get-HubFile names/odd -CachePath $cache -ErrorAction Ignore).FileName | Should -Not -Contain 'NUL'
    }

    It 'are a note of Test-HubCache -Verbose and no fault' {
        $whole = Join-Path $TestDrive 'noted'
        $null = Save-HubFile names/odd -CachePath $whole
        $said = Test-HubCache -CachePath $whole -Verbose 4>&1
        $said | Should -BeOfType System.Management.Automation.VerboseRecord
        ($said.Message -match 'Windows').Count | Should -BeGreaterOrEqual 6
        $said.Message -match $obeyed | Should -BeNullOrEmpty
    }

    It 'survive a lock file' {
        $lock = Join-Path $TestDrive 'odd.lock.json'
        $whole = Join-Path $TestDrive 'whole'
        $null = Save-HubFile names/odd -CachePath $whole
        $null = Export-HubCache names/odd -CachePath $whole -LockFile $lock
        @(Save-HubFile -LockFile $lock -CachePath (Join-Path $TestDrive 'locked')).FileName | Sort-Object | Should -BeExactly ($names | Sort-Object)
    }
}

Describe 'What a terminal would obey' {
    It 'is in no stream and no view, and in the properties as it is' {
        $name = "red$esc[31m.txt"
        $own = Join-Path $TestDrive 'own'
        $said = Save-HubFile names/odd $name, "none$esc[2J.txt" -CachePath $own -Verbose -InformationAction Continue -ErrorVariable faults -ErrorAction SilentlyContinue *>&1
        $file = $said | Where-Object { $_ -is [HubCache.CachedFile] }
        $file.FileName | Should -BeExactly $name
        $faults[0].TargetObject | Should -BeExactly "none$esc[2J.txt"
        $texts = @($said | Where-Object { $_ -isnot [HubCache.CachedFile] } | ForEach-Object { "$_" }) + @($faults | ForEach-Object { "$_"; $_.Exception.Message; $_.ErrorDetails.Message; $_.CategoryInfo.ToString() })
        $texts.Count | Should -BeGreaterThan 3
        $texts -match $obeyed | Should -BeNullOrEmpty
        ($file | Format-Table | Out-String) -replace "`r?`n" -replace "$esc\[[0-9;]*m(?=-|[A-Z]| |$)" | Should -Not -Match '\[31m\.txt.*\x1b|\x1b\[31m\.txt'
    }

    It 'is in no answer of ShouldProcess' {
        $own = Join-Path $TestDrive 'asked'
        $null = Save-HubFile names/odd aux.py -CachePath $own
        $lines = @(
            Invoke-Child "Save-HubFile names/odd `"red`$([char]27)[31m.txt`" -CachePath '$own' -WhatIf"
            New-Item -ItemType File -Path (Join-Path $own "models--names--odd/foreign$([char]0x202e)$esc[31m") | Out-Null
            Invoke-Child "Repair-HubCache names/odd -CachePath '$own' -WhatIf"
        )
        ($lines -match '\[31m').Count | Should -BeGreaterOrEqual 2
        $lines -match $obeyed | Should -BeNullOrEmpty
    }
}
