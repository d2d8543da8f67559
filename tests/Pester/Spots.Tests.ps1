# The places where people run PowerShell that are not a prompt in a home folder of their own.

BeforeDiscovery {
    # Another user is needed, and only root can become one.
    $isRoot = $IsLinux -and (id -u) -eq '0'
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $module = $env:HUBCACHE_TEST_MODULE
    $pwsh = Join-Path $PSHOME 'pwsh'
    $names = 1..8 | ForEach-Object { "file$_.bin" }
    $null = Add-FakeRepo spots/eight ($names | ForEach-Object { @{ path = $_; size = 300000 + $_.Length; seed = [int]$_[4] } })
    $null = Add-FakeRepo spots/one @{ path = 'model.bin'; size = 9000000; seed = 77 }, @{ path = 'config.json'; text = '{ "a": 1 }' }

    # A child that runs a script as text; Before is a command to start it with, such as env or setpriv.
    function Invoke-Spot([string] $Script, [string[]] $Before = @(), [string] $ModulePath = $module, [string] $Program = $pwsh) {
        $text = "`$ErrorActionPreference = 'Stop'; Import-Module '$ModulePath'; $Script"
        $command = $Before + $Program + '-NoProfile', '-NonInteractive', '-OutputFormat', 'Text', '-EncodedCommand', [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($text))
        & $command[0] $command[1..($command.Count - 1)] 2>&1 | ForEach-Object { "$_" }
    }

    function New-Cache {
        [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
        param()

        Join-Path $TestDrive "$([guid]::NewGuid().ToString('n').Substring(0, 8))/hub"
    }

    function Get-Sha([string] $Path) {
        (Get-FileHash -LiteralPath $Path -Algorithm SHA256).Hash.ToLowerInvariant()
    }

    # What came is whole, under the one name, and nothing else lies about.
    function Assert-Right($Files, [int] $Count, [string] $Cache) {
        @($Files) | Should -HaveCount $Count
        foreach ($file in $Files) {
            Get-Sha $file.FullName | Should -Be $file.ETag
        }
        Get-Temp $Cache | Should -BeNullOrEmpty
    }
}

Describe 'Several at once' {
    It 'takes one file eight times, by ForEach-Object -Parallel' {
        $cache = New-Cache
        $files = 1..8 | ForEach-Object -ThrottleLimit 8 -Parallel {
            Import-Module $using:module
            Save-HubFile spots/one model.bin -CachePath $using:cache -ErrorAction Stop
        }
        Assert-Right $files 8 -Cache $cache
        @($files.FullName | Sort-Object -Unique) | Should -HaveCount 1
    }

    It 'takes eight files, by ForEach-Object -Parallel' {
        $cache = New-Cache
        $files = $names | ForEach-Object -ThrottleLimit 8 -Parallel {
            Import-Module $using:module
            Save-HubFile spots/eight $_ -CachePath $using:cache -ErrorAction Stop
        }
        Assert-Right $files 8 -Cache $cache
        ($files.FileName | Sort-Object) | Should -Be $names
    }

    It 'works in <_>' -ForEach 'Start-Job', 'Start-ThreadJob' {
        $cache = New-Cache
        $start = $_
        $jobs = foreach ($name in 'model.bin', 'config.json') {
            & $start -ScriptBlock { Import-Module $args[0]; Save-HubFile spots/one $args[1] -CachePath $args[2] } -ArgumentList $module, $name, $cache
        }
        $files = $jobs | Receive-Job -Wait -AutoRemoveJob -ErrorAction Stop
        $files.Source | Should -Be 'Downloaded', 'Downloaded'
        Get-Temp $cache | Should -BeNullOrEmpty
        (Get-HubCache -CachePath $cache).FileCount | Should -Be 2
    }

    It 'works in two runspaces' {
        $cache = New-Cache
        $pipelines = 1..2 | ForEach-Object { Start-Pipeline "Save-HubFile spots/one -CachePath '$cache' -ErrorAction Stop" }
        $files = $pipelines | ForEach-Object { $_.Shell.EndInvoke($_.Handle) }
        $pipelines.ForEach({ $_.Shell.HadErrors }) | Should -Be $false, $false
        $files | Should -HaveCount 4
        Get-Temp $cache | Should -BeNullOrEmpty
    }
}

Describe 'Nobody to ask' {
    It 'needs no answer with -NonInteractive' {
        $cache = New-Cache
        Invoke-Spot "(Save-HubFile spots/one config.json -CachePath '$cache').Source" | Should -Be 'Downloaded'
    }

    It 'says so, and writes nothing, where every step is to be confirmed' {
        $cache = New-Cache
        $said = Invoke-Spot "`$ConfirmPreference = 'Low'; try { Save-HubFile spots/one config.json -CachePath '$cache' } catch { `"`$_`" }"
        $said -join ' ' | Should -BeLike '*NonInteractive*'
        Test-Path -LiteralPath $cache | Should -BeFalse
        Invoke-Spot "`$ConfirmPreference = 'Low'; (Save-HubFile spots/one config.json -CachePath '$cache' -Confirm:`$false).Source" | Should -Be 'Downloaded'
    }

    It 'writes nothing with $WhatIfPreference, and tries out a file system all the same' {
        $cache = New-Cache
        $said = Invoke-Spot "`$WhatIfPreference = `$true; Save-HubFile spots/one config.json -CachePath '$cache'; (Test-HubCacheFileSystem -CachePath '$cache').Where({ `$_.Check -eq 'SymbolicLinks' }).Result"
        $said[0] | Should -BeLike 'What if:*'
        $said[-1] | Should -Be 'Yes'
        Test-Path -LiteralPath $cache | Should -BeFalse
    }
}

Describe 'No home to speak of' -Skip:(-not $isRoot) {
    BeforeAll {
        # A user whom the system does not know, as in many containers.
        $other = Get-OtherUser
        $of = @{ ModulePath = $other.Module; Program = $other.Pwsh }
        $nobody = $other.Become + '-u', 'HF_HOME', '-u', 'XDG_CACHE_HOME'
        $open = New-Item -ItemType Directory -Path (Join-Path $TestDrive open)
        chmod 777 $open.FullName
        $bare = New-Item -ItemType Directory -Path (Join-Path $TestDrive readonly)
        chmod 555 $bare.FullName

        # Everything above has to let strangers through.
        for ($folder = $open.Parent; $folder; $folder = $folder.Parent) {
            chmod o+x $folder.FullName
        }
    }

    It 'says that there is none, and what to do' {
        $said = Invoke-Spot 'try { Save-HubFile spots/one config.json } catch { $_.FullyQualifiedErrorId; $_.ErrorDetails.RecommendedAction }' ($nobody + '-u', 'HOME') @of
        $said[0] | Should -BeLike 'InvalidOption,*'
        $said[1] | Should -BeLike '*-CachePath*'
    }

    It 'needs none with -CachePath' {
        $script = "`$file = Save-HubFile spots/one config.json -CachePath '$open/hub'; `$file.Source; (Get-HubCache -CachePath '$open/hub').RepoId; (Find-HubFile spots/one -CachePath '$open/hub').Count"
        Invoke-Spot $script ($nobody + '-u', 'HOME') @of | Should -Be 'Downloaded', 'spots/one', '2'
    }

    It 'says that a read-only home cannot be written, and needs it for nothing with -CachePath' {
        $home555 = $nobody + "HOME=$bare"
        $said = Invoke-Spot 'try { Save-HubFile spots/one config.json } catch { $_.FullyQualifiedErrorId; $_.ErrorDetails.RecommendedAction }' $home555 @of
        $said[0] | Should -BeLike 'CacheWriteFailed,*'
        $said[1] | Should -BeLike '*-CachePath*'
        Invoke-Spot "(Save-HubFile spots/one config.json -CachePath '$open/hub2').Source" $home555 @of | Should -Be 'Downloaded'
    }

    It 'says of a home that is read-only what can be said, and no more' {
        $said = Invoke-Spot 'Test-HubCacheFileSystem | ForEach-Object { "$($_.Check) $($_.Result) $($_.Severity)" }' ($nobody + "HOME=$bare") @of
        $said | Should -Contain 'Writable No Warning'
        $said | Should -Contain 'RenameIsAtomic NotTried Information'
        $said | Should -Contain 'IsLocal Yes Information'
        $said -like '* Error' | Should -BeNullOrEmpty
    }
}

Describe 'A cache path with <What>' -ForEach @(
    @{ What = 'spaces'; Name = ' two  spaces ' }
    @{ What = 'brackets'; Name = 'a[1-9]b [x]' }
    @{ What = 'wildcards'; Name = 'a*b?c' }
    @{ What = 'quotes'; Name = "it's ""so"" `$x" }
    @{ What = 'Greek'; Name = 'Κρυφή μνήμη' }
    @{ What = 'signs beyond 16 bits'; Name = '模型🤗' }
    @{ What = 'combining accents'; Name = "e`u{301}a`u{308}" }
) {
    It 'serves every cmdlet' -Skip:($IsWindows -and $Name -match '[*?"]') {
        $cache = Join-Path $TestDrive "$Name/hub"
        $file = Save-HubFile spots/one config.json -CachePath $cache -ErrorAction Stop
        $file.FullName | Should -BeLike "$([wildcardpattern]::Escape($cache))*"
        $file | Get-Item | Should -HaveCount 1
        (Save-HubFile spots/one config.json -CachePath $cache).Source | Should -Be 'Cache'
        (Get-HubCache -CachePath $cache).CachePath | Should -Be $cache
        (Find-HubFile spots/one config.json -CachePath $cache).IsCached | Should -BeTrue
        $dead = Join-Path (Split-Path $file.BlobPath) "$($file.ETag).free-0123abcd.incomplete"
        [System.IO.File]::WriteAllText($dead, 'x')
        (Get-HubIncomplete -CachePath $cache).FullName | Should -Be $dead
        (Get-HubIncomplete -CachePath $cache | Remove-HubIncomplete -PassThru).FullName | Should -Be $dead
        (Save-HubFile spots/one config.json -CachePath $cache -Destination (Join-Path $TestDrive "$Name/laid")).FullName | Should -Not -BeNullOrEmpty
        Test-Path -LiteralPath (Join-Path $TestDrive "$Name/laid/config.json") | Should -BeTrue
        $checks = Test-HubCacheFileSystem -CachePath $cache
        $checks.Where({ $_.Check -eq 'LocksExcludeProcesses' }).Result | Should -Be 'Yes'
        $checks[0].CachePath | Should -Be $cache
    }
}

Describe 'Paths at their limits' {
    It 'takes a cache path of more than 300 characters' {
        $cache = Join-Path $TestDrive "$('d' * 150)/$('e' * 150)/hub"
        $file = Save-HubFile spots/one -CachePath $cache -ErrorAction Stop
        Assert-Right ($file | Where-Object FileName -EQ model.bin) 1 -Cache $cache
        (Get-HubCache -CachePath $cache).FileCount | Should -Be 2
        (Test-HubCacheFileSystem -CachePath $cache).Where({ $_.Check -eq 'LongPaths' }).Value | Should -BeGreaterThan 400
    }

    It 'takes a file whose name is as long as names may be, in a repo whose id is' {
        $name = ('n' * 251) + '.bin'
        $null = Add-FakeRepo "$('o' * 42)/$('r' * 53)" @{ path = "deep/$name"; size = 70000; seed = 5 }
        $cache = New-Cache
        $file = Save-HubFile "$('o' * 42)/$('r' * 53)" "deep/$name" -CachePath $cache -ErrorAction Stop
        Assert-Right $file 1 -Cache $cache
    }

    It 'takes a relative path from $PWD, wherever the process is' {
        $work = New-Item -ItemType Directory -Path (Join-Path $TestDrive pwd)
        Push-Location -LiteralPath $work
        try {
            [Environment]::CurrentDirectory | Should -Not -Be $work.FullName
            (Save-HubFile spots/one config.json -CachePath ./hub).FullName | Should -BeLike (Join-Path $work 'hub/*')
            (Test-HubCacheFileSystem -CachePath hub)[0].CachePath | Should -Be (Join-Path $work hub)
        }
        finally {
            Pop-Location
        }
    }

    It 'takes a path on a drive of PowerShell' {
        $root = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'drive root')
        $null = New-PSDrive -Name Spot -PSProvider FileSystem -Root $root
        try {
            (Save-HubFile spots/one config.json -CachePath Spot:/hub).FullName | Should -BeLike (Join-Path $root 'hub/*')
            (Test-HubCacheFileSystem -CachePath Spot:/hub)[0].CachePath | Should -Be (Join-Path $root hub)
        }
        finally {
            Remove-PSDrive Spot
        }
    }

    It 'finds nothing, and says nothing wrong, where a share would be' {
        Get-HubCache -CachePath '\\no-such-server\share\cache' -ErrorAction Stop | Should -BeNullOrEmpty
    }
}

Describe 'A session with rules of its own' {
    It 'works and shows its tables in ConstrainedLanguage' {
        $cache = New-Cache
        $said = Invoke-Spot "`$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'; Save-HubFile spots/one -CachePath '$cache' | Out-String; Get-HubCache -CachePath '$cache' | Out-String; Test-HubCacheFileSystem -CachePath '$cache' | Out-String"
        $text = $said -join "`n"
        $text | Should -Match '8\.58 MB\s+model\.bin'
        $text | Should -Match 'spots/one\s+8\.58 MB'
        $text | Should -Match 'LocksExcludeProcesses\s+Yes\s+excludes'
    }

    It 'works under <_>' -ForEach 'Set-StrictMode -Version Latest', '$PSNativeCommandUseErrorActionPreference = $true', '$PSModuleAutoLoadingPreference = "None"', '$PSDefaultParameterValues["*:Verbose"] = $true' {
        $cache = New-Cache
        $script = "$_; `$file = Save-HubFile spots/one config.json -CachePath '$cache' 4>`$null; `$file.Source; (Test-HubCacheFileSystem -CachePath '$cache' 4>`$null).Count"
        $said = Invoke-Spot $script
        $said | Should -Be 'Downloaded', "$((Test-HubCacheFileSystem -CachePath $cache).Count)"
    }

    It 'has the tables of a session that hides commands' {
        $said = Invoke-Spot '[HubCache.RemovedItem]::new().PSObject.Properties["BytesFreedText"].IsGettable'
        $said | Should -Be 'True'
        $hidden = & $pwsh -NoProfile -NonInteractive -Command "(Get-Command Update-TypeData).Visibility = 'Private'; Import-Module '$module'; [HubCache.RemovedItem]::new().PSObject.Properties['BytesFreedText'].IsGettable"
        $hidden | Should -Be 'True'
    }

    It 'shows and finds the same in <_>' -ForEach 'tr-TR', 'de-DE', 'ar-SA', 'fa-IR' {
        $cache = New-Cache
        $script = @"
[cultureinfo]::CurrentCulture = [cultureinfo]::CurrentUICulture = [cultureinfo]::new('$_')
`$null = Save-HubFile SPOTS/TITLE -RepoType DATASET -CachePath '$cache'
`$null = Save-HubFile spots/one *.BIN, *.bin -RepoType model -CachePath '$cache' -ErrorAction Ignore
(Get-HubCache spots/ti* -CachePath '$cache').RepoId
(Get-HubCache -RepoType Dataset -CachePath '$cache').RepoType
(Get-HubIncomplete -CachePath '$cache').Count
(Get-HubCache spots/one -CachePath '$cache' | Format-Table | Out-String) -match '8\.58 MB'
Save-HubFile spots/one config.json -CachePath '$cache' -Destination '$cache/../laid' | ForEach-Object FileName
[System.IO.File]::ReadAllLines('$cache/../laid/.cache/huggingface/download/config.json.metadata')[2] -match '^\d+\.\d+$'
"@
        $null = Add-FakeRepo SPOTS/TITLE @{ path = 'INDIVIDUAL.txt'; text = 'IiıİI' } -Type dataset
        Invoke-Spot $script | Should -Be 'SPOTS/TITLE', 'Dataset', '0', 'True', 'config.json', 'True'
    }

    It 'leaves no colours in a file that all output goes to' {
        $cache = New-Cache
        $log = Join-Path $TestDrive 'log.txt'
        $script = "& { Save-HubFile spots/one -CachePath '$cache' -Verbose; Get-HubCache -CachePath '$cache'; Test-HubCacheFileSystem -CachePath '$cache'; Save-HubFile spots/none a -CachePath '$cache' -ErrorAction Continue } *> '$log'"
        $null = Invoke-Spot $script 'env', 'NO_COLOR=1'
        $text = Get-Content -LiteralPath $log -Raw
        $text | Should -Match 'model\.bin'
        $text | Should -Match 'spots/none'
        $text | Should -Not -Match "`e"
    }
}

Describe 'The module, more than once' {
    It 'can be imported from two folders, and works from both' {
        $copy = Join-Path $TestDrive 'copy/HubCache'
        Copy-Item -LiteralPath $module -Destination $copy -Recurse
        $cache = New-Cache
        $said = Invoke-Spot "Import-Module '$copy'; (Save-HubFile spots/one config.json -CachePath '$cache').Source; Get-HubCache -CachePath '$cache' | Format-Table | Out-String; Remove-Module HubCache; Import-Module '$copy'; (Get-HubCache -CachePath '$cache').RepoId"
        $said[0] | Should -Be 'Downloaded'
        $said -join "`n" | Should -Match 'spots/one\s+10 bytes'
        $said[-1] | Should -Be 'spots/one'
    }

    It 'can be removed and imported again' {
        $cache = New-Cache
        $said = Invoke-Spot "`$null = Save-HubFile spots/one config.json -CachePath '$cache'; Remove-Module HubCache; Import-Module '$module'; Get-HubCache -CachePath '$cache' | Format-Table | Out-String"
        $said -join "`n" | Should -Match 'spots/one\s+10 bytes'
    }
}
