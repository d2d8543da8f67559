BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $files = @(@{ path = 'config.json'; text = '{}' }, @{ path = "it's a [name].txt"; text = 'x' }, @{ path = 'sub/model.bin'; size = 3000 })
    $null = Add-FakeRepo tab/model $files
    $null = Add-FakeRepo tab/data @{ path = 'a.csv'; text = 'a' } -Type dataset
    $null = Add-FakeRepo tabular @{ path = 'z.txt'; text = 'z' }
    $cache = Join-Path $TestDrive 'a cache'
    $null = Save-HubFile tab/model -CachePath $cache
    $null = Save-HubFile datasets/tab/data -CachePath $cache
    $other = Join-Path $TestDrive 'other'
    $null = Save-HubFile tabular z.txt -CachePath $other
    $own = Join-Path $TestDrive 'lacking'
    $null = Save-HubFile tab/model -CachePath $own
    Remove-Item -LiteralPath (Get-HubFile tab/model config.json -CachePath $own).FullName
    $commit = (Get-HubFile tab/model config.json -CachePath $cache).CommitHash

    function Complete([string] $Line) {
        [System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null).CompletionMatches
    }
}

Describe 'Tab' {
    BeforeEach {
        $env:HF_HUB_CACHE = $cache
        $requests = @(Get-Request -PathContains tab).Count
    }

    AfterEach {
        Remove-Item Env:HF_HUB_CACHE
        @(Get-Request -PathContains tab).Count | Should -Be $requests
    }

    It 'completes the repo id of <_>' -ForEach 'Save-HubFile', 'Find-HubFile', 'Get-HubFile', 'Get-HubCache', 'Get-HubIncomplete', 'Remove-HubIncomplete' {
        (Complete "$_ ta").CompletionText | Should -Be 'tab/model', 'datasets/tab/data'
        (Complete "$_ -RepoId TAB/m").CompletionText | Should -Be tab/model
        (Complete "$_ -RepoType Dataset -RepoId ").CompletionText | Should -Be tab/data
        (Complete "$_ datasets/").CompletionText | Should -Be datasets/tab/data
        (Complete "$_ -CachePath '$other' -RepoId ").CompletionText | Should -Be tabular
        (Complete "$_ 'ta")[0].CompletionText | Should -Be "'tab/model'"
    }

    It 'says what there is to know of a repo' {
        (Complete 'Get-HubFile tab/m').ToolTip | Should -Match '^Model tab/model, \d'
    }

    It 'completes the revision: refs, then commits' {
        (Complete 'Save-HubFile tab/model -Revision ').CompletionText | Should -Be main, $commit
        (Complete 'Get-HubFile hf://tab/model -Revision m').CompletionText | Should -Be main
        (Complete 'Get-HubFile tab/model -Revision m').ToolTip | Should -BeLike "Commit $commit*"
        Complete 'Get-HubFile tab/none -Revision ' | Where-Object ResultType -EQ ParameterValue | Should -BeNullOrEmpty
    }

    It 'completes the name of a file, quoted where it has to be' {
        (Complete 'Save-HubFile tab/model ').CompletionText | Should -Be config.json, "'it''s a [name].txt'", sub/model.bin
        (Complete "Get-HubFile tab/model -FileName 'it").CompletionText | Should -Be "'it''s a [name].txt'"
        (Complete 'Get-HubFile tab/model config.json, su').CompletionText | Should -Be sub/model.bin
        (Complete "Get-HubFile tab/model -Revision $commit -FileName su").CompletionText | Should -Be sub/model.bin
        (Complete 'Get-HubFile datasets/tab/data ').CompletionText | Should -Be a.csv
        (Complete 'Get-HubFile tab/data -RepoType Dataset -FileName ').CompletionText | Should -Be a.csv
        (Complete 'Get-HubFile tab/model su').ToolTip | Should -Match 'bytes|KB|kB'
    }

    It 'offers what the cache lacks to who could fetch it, and not to who could not' {
        (Complete "Save-HubFile tab/model -CachePath '$own' -FileName c").ToolTip | Should -BeLike '*not in the cache'
        Complete "Get-HubFile tab/model -CachePath '$own' -FileName c" | Where-Object ResultType -EQ ParameterValue | Should -BeNullOrEmpty
    }

    It 'looks into read-only caches too' {
        (Complete "Get-HubFile -ReadOnlyCachePath '$other' -RepoId tabu").CompletionText | Should -Be tabular
        $env:HUBCACHE_READONLY_CACHES = $other
        try {
            (Complete 'Get-HubFile tabular ').CompletionText | Should -Be z.txt
        }
        finally {
            Remove-Item Env:HUBCACHE_READONLY_CACHES
        }
    }

    It 'knows a relative path and a variable' {
        Push-Location -LiteralPath $TestDrive
        try {
            (Complete 'Get-HubFile -CachePath ./other -RepoId tabu').CompletionText | Should -Be tabular
            $env:HF_HUB_CACHE = './other'
            (Complete 'Get-HubFile tabu').CompletionText | Should -Be tabular
            Set-Variable hubCacheTabTest $other -Scope Global
            (Complete 'Get-HubFile -CachePath $hubCacheTabTest -RepoId tabu').CompletionText | Should -Be tabular
        }
        finally {
            Remove-Variable hubCacheTabTest -Scope Global -ErrorAction Ignore
            Pop-Location
        }
    }

    It 'offers nothing from another cache than the one that only running the line would tell' {
        (Complete "Get-HubFile -CachePath (Join-Path a b) -RepoId ta").CompletionText | Where-Object { $_ -like 'tab*' } | Should -BeNullOrEmpty
    }

    It 'completes the repo type from its names' {
        (Complete 'Get-HubFile tab/model -RepoType D').CompletionText | Should -Be Dataset
    }

    It 'offers nothing, and no error, for <_>' -ForEach 'Get-HubFile -CachePath /nowhere/at/all -RepoId ta', 'Get-HubFile not//an/id -FileName ', 'Get-HubFile https://example.com/x -FileName ',
    'Get-HubFile tab/model -Revision a..b -FileName ', 'Get-HubFile -CachePath "nodrive:/x" -RepoId ta' {
        $Error.Clear()
        (Complete $_) | Where-Object { $_.CompletionText -match '^''?(tab|config)' } | Should -BeNullOrEmpty
        $Error | Should -BeNullOrEmpty
    }
}

Describe 'Tab offers names that PowerShell would read as something else' {
    BeforeAll {
        $names = '1e5', '0x10', '2kb', '-x', '@a', 'a,b', '$x', 'tick`', "it's", "curly$([char]0x2019)", 'say "x"', "low$([char]0x201e)", '1', '.5', '1.5', '0b11', '100d', 'if', 'a;b', 'a|b', '{x}', '(x)', '#x', 'a b', '--', '-', '%', '&', '>f', "esc$([char]27)[31m", "new`nline", "bidi$([char]0x202e)", '~x', "dash$([char]0x2013)", "$([char]0x2013)x", '!', '1..5'
        $null = Add-FakeRepo tab/odd @($names | ForEach-Object { @{ path = $_; text = $_ } }; @{ path = 'sub/1e5'; text = 'x' }; @{ path = 'q/1'; text = 'y' })
        $odd = Join-Path $TestDrive 'odd'
        $null = Save-HubFile tab/odd -CachePath $odd
        function Get-Bound {
            param([string[]] $FileName)
            $FileName
        }
    }

    It 'so that the line that is completed means them: <_>' -ForEach '', 'a.txt, ' {
        $before = $_
        foreach ($name in $names) {
            $line = "Get-HubFile tab/odd -CachePath '$odd' -FileName $before"
            $offer = @(Complete $line | Where-Object ListItemText -CEQ ($name -replace '[\p{Cc}\u202e]', [string][char]0xfffd))
            $offer.Count | Should -Be 1 -Because $name
            $read = [scriptblock]::Create("Get-Bound -FileName $before$($offer.CompletionText)").InvokeReturnAsIs()
            @($read)[-1] | Should -BeExactly $name
            @($read).Count | Should -Be $(if ($before) { 2 } else { 1 }) -Because $name
            $offer.CompletionText + $offer.ListItemText + $offer.ToolTip -replace "`n" | Should -Not -Match '[\p{Cc}\u202e]'
        }
    }

    It 'after quotes of any kind and half of a name' {
        (Complete "Get-HubFile tab/odd -CachePath '$odd' -FileName 'it''").CompletionText | Should -Be "'it''s'"
        (Complete "Get-HubFile tab/odd -CachePath '$odd' -FileName $([char]0x2018)1e").CompletionText | Should -Be "'1e5'"
        (Complete "Get-HubFile tab/odd -CachePath '$odd' -FileName $([char]0x201c)1e").CompletionText | Should -Match '^["'']1e5["'']$'
        (Complete "Get-HubFile tab/odd -CachePath '$odd' -FileName sub/").CompletionText | Should -Be sub/1e5
    }
}
