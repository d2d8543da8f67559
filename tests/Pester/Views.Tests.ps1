# Tables for people, raw values for scripts: of each type that a cmdlet emits.

BeforeDiscovery {
    $commit = '607a30d783dfa663caf39e06633721c8d4cfcd7e'
    $when = [datetime]::Now.AddDays(-3).AddHours(-1)
    $of = @{ RepoId = 'sentence-transformers/all-MiniLM-L6-v2'; RepoType = 'Model'; Revision = 'main'; CommitHash = $commit; CachePath = '/srv/models/hub' }
    $long = 'onnx/quantized/model_with_a_rather_long_name_q4f16.onnx'
    $place = "/home/somebody/.cache/huggingface/hub/models--sentence-transformers--all-MiniLM-L6-v2/snapshots/$commit/$long"
    $reason = 'It was found the same by two looks a minute apart, and nobody has touched it for more than a day.'
    $cases = @(
        @{ Type = 'CachedFile'; Header = 'FileName Length Source FullName'; Shows = '1.25 GB', 'Downloaded'; Whole = $place, $long
            Values = @{ FileName = $long; FullName = $place; BlobPath = $place; Length = 1.25GB; ETag = 'a' * 64; Source = 'Downloaded'; BytesDownloaded = 1.25GB; Verification = 'Sha256' } }
        @{ Type = 'HubFile'; Header = 'FileName Length IsCached Missing'; Shows = '1.25 GB', 'False', '640 MB'; Whole = , $long
            Values = @{ FileName = $long; Length = 1.25GB; ETag = 'a' * 64; IsCached = $false; BytesMissing = 640MB } }
        @{ Type = 'CachedRepo'; Header = 'RepoType RepoId Size Files Revisions LastModified Problems'; Shows = '1.25 GB', '12345', '5 months ago'; Whole = , $of.RepoId
            Values = @{ FullName = $place; Size = 1.25GB; FileCount = 12345; Revisions = @(); LastAccessed = $when; LastModified = $when.AddDays(-160); IncompleteFiles = 0; Problems = @('one') } }
        @{ Type = 'CachedRevision'; Header = 'Revision RepoId Size Files LastModified'; Shows = '1.25 GB', '3 days ago', $commit; Whole = , $of.RepoId
            Values = @{ Revision = $commit; Refs = @(); Size = 1.25GB; FileCount = 12345; LastModified = $when } }
        @{ Type = 'IncompleteFile'; Header = 'RepoId Length LastModified State Reason'; Shows = '1.25 GB', '3 days ago', 'Unknown'; Whole = $of.RepoId, $reason
            Values = @{ FullName = $place; ETag = 'a' * 64; Length = 1.25GB; LastModified = $when; Owner = 'HubCache'; State = 'Unknown'; Reason = $reason } }
        @{ Type = 'RemovedItem'; Header = 'Kind RepoId Freed Reason'; Shows = '1.25 GB', 'IncompleteFile'; Whole = $of.RepoId, $reason
            Values = @{ Kind = 'IncompleteFile'; FullName = $place; BytesFreed = 1.25GB; Reason = $reason } }
        @{ Type = 'CacheProblem'; Header = 'Severity Kind RepoId Detail'; Shows = 'Information', 'WrongPermission'; Whole = $of.RepoId, $reason
            Values = @{ Kind = 'WrongPermission'; Severity = 'Information'; FileName = $long; FullName = $place; Detail = $reason; Repairable = $true } }
        @{ Type = 'RepairedItem'; Header = 'Result Action Kind Fetched Detail'; Shows = 'Repaired', 'Fetched', 'WrongPermission', '1.25 GB'; Whole = , $reason
            Values = @{ Kind = 'WrongPermission'; FileName = $long; FullName = $place; Action = 'Fetched'; Result = 'Repaired'; Detail = $reason; BytesDownloaded = 1.25GB } }
        @{ Type = 'ExportedCache'; Header = 'RepoId Revision FileCount Size FullName'; Shows = '12345', '1.25 GB', '607a30d783df'; Whole = $of.RepoId, $place
            Values = @{ Revision = $commit; FileCount = 12345; Size = 1.25GB; FullName = $place; Length = 1.25GB } }
        @{ Type = 'ImportedCache'; Header = 'RepoId Revision FileCount Size Written'; Shows = '12345', '1.25 GB', '640 MB', '607a30d783df'; Whole = , $of.RepoId
            Values = @{ Revision = $commit; FileCount = 12345; Size = 1.25GB; BytesWritten = 640MB; FullName = $place } }
        @{ Type = 'FileSystemCheck'; Header = 'Check Result Value Severity Meaning'; Shows = 'LocksExcludeProcesses', 'NotTried', '1.25 GB', 'Information'; Whole = , $reason
            Values = @{ Check = 'LocksExcludeProcesses'; Result = 'NotTried'; Value = [long]1.25GB; Unit = 'bytes'; Severity = 'Information'; Meaning = $reason; TestedFolder = $place } }
        @{ Type = 'FileReport'; Header = 'Source Bytes Fetched Seconds ErrorId FileName'; Shows = 'Downloaded', '1.25 GB', '640 MB', '12345.678', 'OfflineNotCached'; Whole = , $long
            Values = @{ FileName = $long; Started = $when.ToUniversalTime(); Ended = $when.ToUniversalTime(); Seconds = 12345.678; Bytes = 1.25GB; BytesDownloaded = 640MB; Source = 'Downloaded'; ErrorId = 'OfflineNotCached' } }
    )
    foreach ($case in $cases) {
        foreach ($name in $of.Keys) {
            if (([type]"HubCache.$($case.Type)").GetProperty($name) -and -not $case.Values.ContainsKey($name)) {
                $case.Values[$name] = $of[$name]
            }
        }
    }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')

    function ConvertTo-Emitted([string] $Type, [hashtable] $Values) {
        $object = [Activator]::CreateInstance([type]"HubCache.$Type")
        foreach ($name in $Values.Keys) {
            $property = $object.GetType().GetProperty($name)
            $property | Should -Not -BeNullOrEmpty -Because "$Type has $name"
            $kind = [Nullable]::GetUnderlyingType($property.PropertyType) ?? $property.PropertyType
            $list = $kind.IsGenericType ? [Array]::CreateInstance($kind.GetGenericArguments()[0], $Values[$name].Count) : $null
            for ($i = 0; $i -lt $list.Count; $i++) {
                $list[$i] = $Values[$name][$i]
            }
            $property.SetValue($object, $list ?? [System.Management.Automation.LanguagePrimitives]::ConvertTo($Values[$name], $kind))
        }
        $object
    }

    # What is left of a text after each line has shown as much of it as it does: a long one is broken over several lines.
    function Get-Unshown([string[]] $Lines, [string] $Text) {
        foreach ($line in $Lines) {
            $length = $Text.Length
            while ($length -gt 0 -and -not $line.Contains($Text.Substring(0, $length).Trim())) {
                $length--
            }
            $Text = $Text.Substring($length).Trim()
        }
        $Text
    }
}

Describe 'The table of <Type>' -ForEach $cases {
    BeforeAll {
        $object = ConvertTo-Emitted $Type $Values
        $lines = ($object | Out-String -Width 100) -split '\r?\n'
    }

    It 'fits 100 columns and has its headings' {
        $lines | Where-Object Length -GT 100 | Should -BeNullOrEmpty
        $lines | Where-Object { ($_.Trim() -replace '\s+', ' ') -ceq $Header } | Should -HaveCount 1
    }

    It 'cuts nothing off' {
        $lines -match '…|\.\.\.' | Should -BeNullOrEmpty
        foreach ($text in $Shows) {
            @($lines -match "(^|\s)$([regex]::Escape($text))(\s|$)").Count | Should -BeGreaterThan 0 -Because "it shows '$text' in one piece"
        }
        foreach ($text in $Whole) {
            Get-Unshown $lines[3..99] $text | Should -BeNullOrEmpty -Because "it shows all of '$text', if over several lines"
        }
    }

    It 'is the same where scripts are constrained' {
        $state = [initialsessionstate]::CreateDefault()
        $state.ImportPSModule($env:HUBCACHE_TEST_MODULE)
        $shell = [powershell]::Create($state)
        try {
            $null = $shell.AddScript('param($object) $ExecutionContext.SessionState.LanguageMode = "ConstrainedLanguage"; $object | Out-String -Width 100').AddArgument($object)
            $shown = $shell.Invoke() -join ''
            $shell.Streams.Error | Should -BeNullOrEmpty
            ($shown -split '\r?\n') | Should -Be $lines
        }
        finally {
            $shell.Dispose()
        }
    }

    It 'leaves the object raw' {
        $names = ([type]"HubCache.$Type").GetProperties().Name
        ($object | Select-Object *).psobject.Properties.Name | Sort-Object | Should -Be ($names | Sort-Object)
        $json = $object | ConvertTo-Json -Depth 3 | ConvertFrom-Json -DateKind Utc
        $json.psobject.Properties.Name | Sort-Object | Should -Be ($names | Sort-Object)
        foreach ($size in 'Length', 'Size', 'BytesMissing', 'BytesFreed', 'BytesDownloaded', 'BytesWritten', 'Bytes' | Where-Object { $Values.ContainsKey($_) }) {
            $json.$size | Should -Be $Values[$size]
            $object.$size | Should -BeOfType ([long])
        }
        foreach ($time in 'LastModified', 'LastAccessed' | Where-Object { $Values.ContainsKey($_) }) {
            $object.$time | Should -BeOfType ([datetime])
        }
    }
}

Describe 'A view' {
    It 'is there for each type that a cmdlet emits, tested above' -ForEach @{ Tested = $cases.Type } {
        $emitted = (Get-Command -Module HubCache).OutputType.Type | Where-Object Namespace -EQ HubCache | Sort-Object Name -Unique
        $emitted.Name + 'CachedRevision' + 'FileReport' | Should -BeIn $Tested
        foreach ($name in $Tested) {
            (Get-FormatData -TypeName "HubCache.$name").FormatViewDefinition.Control | Should -BeOfType ([System.Management.Automation.TableControl])
        }
    }

    It 'has a first column of a known width: without one PowerShell sizes all by what comes first, and drops the last' -ForEach @{ Tested = $cases.Type } {
        foreach ($name in $Tested) {
            (Get-FormatData -TypeName "HubCache.$name").FormatViewDefinition.Control.Headers[0].Width | Should -BeGreaterThan 0 -Because $name
        }
    }

    It 'keeps its columns beside the longest of names' {
        $first = ConvertTo-Emitted HubFile @{ FileName = 'a'; Length = 1; IsCached = $true; BytesMissing = 0 }
        $second = ConvertTo-Emitted HubFile @{ FileName = 'b/' + 'c' * 200; Length = 1.25GB; IsCached = $false; BytesMissing = 640MB }
        $lines = ($first, $second | Out-String -Width 100) -split '\r?\n'
        $lines -match '^b/c+\s+1\.25 GB False\s+640 MB$' | Should -HaveCount 1
    }

    It 'has no script in it' {
        foreach ($file in 'HubCache.Format.ps1xml', 'HubCache.Types.ps1xml') {
            Get-Content -LiteralPath (Join-Path $env:HUBCACHE_TEST_MODULE $file) -Raw | Should -Not -Match '<Script(Block|Property)'
        }
    }

    It 'says the age of <Minutes> minutes as <Text>' -ForEach @(
        @{ Minutes = -0.5; Text = 'just now' }, @{ Minutes = 0.9; Text = 'just now' }, @{ Minutes = 1; Text = '1 min ago' }, @{ Minutes = 59.9; Text = '59 min ago' }
        @{ Minutes = 60; Text = '1 hour ago' }, @{ Minutes = 23.9 * 60; Text = '23 hours ago' }, @{ Minutes = 24 * 60; Text = '1 day ago' }
        @{ Minutes = 30 * 1440; Text = '30 days ago' }, @{ Minutes = 31 * 1440; Text = '1 month ago' }, @{ Minutes = 365 * 1440; Text = '11 months ago' }
        @{ Minutes = 366 * 1440; Text = '1 year ago' }, @{ Minutes = 1000 * 1440; Text = '2 years ago' }, @{ Minutes = -90; Text = '2026-02-01' }
    ) {
        $now = [datetime]::SpecifyKind('2026-02-01 12:00', 'Utc')
        [HubCache.PowerShell.Formatting.AgeText]::Of($now.AddMinutes(-$Minutes), $now) | Should -Be $Text
        $Text.Length | Should -BeLessOrEqual 13
    }

    It 'says the same of a local time' {
        $now = [datetime]::UtcNow
        [HubCache.PowerShell.Formatting.AgeText]::Of($now.AddHours(-5).ToLocalTime(), $now) | Should -Be '5 hours ago'
    }
}
