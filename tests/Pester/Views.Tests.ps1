# Tables for people, raw values for scripts: of each type that a cmdlet emits.

BeforeDiscovery {
    $commit = '607a30d783dfa663caf39e06633721c8d4cfcd7e'
    $when = [datetime]::Now.AddDays(-3).AddHours(-1)
    $of = @{ RepoId = 'sentence-transformers/all-MiniLM-L6-v2'; RepoType = 'Model'; Revision = 'main'; CommitHash = $commit; CachePath = '/srv/models/hub' }
    $long = 'onnx/quantized/model_with_a_rather_long_name_q4f16.onnx'
    $place = "/home/somebody/.cache/huggingface/hub/models--sentence-transformers--all-MiniLM-L6-v2/snapshots/$commit/$long"
    $reason = 'It was found the same by two looks a minute apart, and nobody has touched it for more than a day.'
    $cases = @(
        @{ Type = 'CachedFile'; Header = 'Source Length FileName'; Shows = '1.25 GB', 'Downloaded'; Whole = , $long
            Values = @{ FileName = $long; FullName = $place; SnapshotPath = $place.Substring(0, $place.IndexOf('/onnx/')); BlobPath = $place; Length = 1.25GB; ETag = 'a' * 64; Source = 'Downloaded'; BytesDownloaded = 1.25GB; Verification = 'Sha256' } }
        @{ Type = 'HubFile'; Header = 'Length IsCached Missing FileName'; Shows = '1.25 GB', 'False', '640 MB'; Whole = , $long
            Values = @{ FileName = $long; Length = 1.25GB; ETag = 'a' * 64; IsCached = $false; BytesMissing = 640MB } }
        @{ Type = 'CachedRepo'; Header = 'RepoType RepoId Size Files Revisions LastModified Problems'; Shows = '1.25 GB', '12345', '5 months ago'; Whole = , $of.RepoId
            Values = @{ FullName = $place; Size = 1.25GB; FileCount = 12345; Revisions = @(); LastAccessed = $when; LastModified = $when.AddDays(-160); IncompleteFiles = 0; Problems = @('one') } }
        @{ Type = 'CachedRevision'; Header = 'Size Files LastModified Revision'; Shows = '1.25 GB', '3 days ago', $commit; Whole = , $of.RepoId
            Values = @{ Revision = $commit; Refs = @(); Size = 1.25GB; FileCount = 12345; LastModified = $when } }
        @{ Type = 'IncompleteFile'; Header = 'Length LastModified State Reason'; Shows = '1.25 GB', '3 days ago', 'Unknown'; Whole = $of.RepoId, $reason
            Values = @{ FullName = $place; ETag = 'a' * 64; Length = 1.25GB; LastModified = $when; Owner = 'HubCache'; State = 'Unknown'; Reason = $reason } }
        @{ Type = 'RemovedItem'; Header = 'Kind Freed Reason'; Shows = '1.25 GB', 'IncompleteFile'; Whole = $of.RepoId, $reason
            Values = @{ Kind = 'IncompleteFile'; FullName = $place; BytesFreed = 1.25GB; Reason = $reason } }
        @{ Type = 'CacheProblem'; Header = 'Severity Kind Detail'; Shows = 'Information', 'WrongPermission'; Whole = $of.RepoId, $reason
            Values = @{ Kind = 'WrongPermission'; Severity = 'Information'; FileName = $long; FullName = $place; Detail = $reason; Repairable = $true } }
        @{ Type = 'RepairedItem'; Header = 'Result Action Detail Kind Fetched'; Shows = 'Repaired', 'Fetched', 'WrongPermission', '1.25 GB'; Whole = , $reason
            Values = @{ Kind = 'WrongPermission'; FileName = $long; FullName = $place; Action = 'Fetched'; Result = 'Repaired'; Detail = $reason; BytesDownloaded = 1.25GB } }
        @{ Type = 'ExportedCache'; Header = 'RepoId Revision FileCount Size'; Shows = '12345', '1.25 GB', '607a30d783df'; Whole = $of.RepoId, $place
            Values = @{ Revision = $commit; FileCount = 12345; Size = 1.25GB; FullName = $place; Length = 1.25GB } }
        @{ Type = 'ImportedCache'; Header = 'RepoId Revision FileCount Size Written'; Shows = '12345', '1.25 GB', '640 MB', '607a30d783df'; Whole = , $of.RepoId
            Values = @{ Revision = $commit; FileCount = 12345; Size = 1.25GB; BytesWritten = 640MB; FullName = $place } }
        @{ Type = 'FileSystemCheck'; Header = 'Check Result Value Severity Meaning'; Shows = 'LocksExcludeProcesses', 'NotTried', '1.25 GB', 'Information'; Whole = , $reason
            Values = @{ Check = 'LocksExcludeProcesses'; Result = 'NotTried'; Value = [long]1.25GB; Unit = 'bytes'; Severity = 'Information'; Meaning = $reason; TestedFolder = $place } }
        @{ Type = 'FileReport'; Header = 'Source Bytes FileName Fetched Seconds ErrorId'; Shows = 'Downloaded', '1.25 GB', '640 MB', '12345.678', 'OfflineNotCached'; Whole = , $long
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
            $element = $kind.IsArray ? $kind.GetElementType() : $kind.IsGenericType ? $kind.GetGenericArguments()[0] : $null
            $list = $element ? [Array]::CreateInstance($element, $Values[$name].Count) : $null
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
            Get-Unshown $lines $text | Should -BeNullOrEmpty -Because "it shows all of '$text', if over several lines"
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

# What has to be in one piece or over several lines at every width; a column that is not named here may go where there is no room for it.
Describe 'The table of <Type> at <Width> columns' -ForEach @(foreach ($width in 60, 80, 100, 120) {
        @{ Type = 'CachedFile'; Width = $width; Columns = 'Source Length FileName'; Cells = 'Downloaded', '1.25 GB'; Long = $long; Group = 'SnapshotPath' }
        @{ Type = 'HubFile'; Width = $width; Columns = 'Length IsCached Missing FileName'; Cells = '1.25 GB', 'False', '640 MB'; Long = $long }
        @{ Type = 'CachedRevision'; Width = $width; Columns = 'Size Files LastModified Revision'; Cells = '1.25 GB', '12345', '3 days ago'; Long = $commit; Group = 'RepoId' }
        @{ Type = 'CachedRepo'; Width = $width; Columns = 'RepoType RepoId Size Files Revisions'; Cells = 'Model', '1.25 GB', '12345'; Long = $of.RepoId }
        @{ Type = 'IncompleteFile'; Width = $width; Columns = 'Length LastModified State Reason'; Cells = '1.25 GB', '3 days ago', 'Unknown'; Long = $reason; Group = 'RepoId' }
        @{ Type = 'RemovedItem'; Width = $width; Columns = 'Kind Freed Reason'; Cells = 'IncompleteFile', '1.25 GB'; Long = $reason; Group = 'RepoId' }
        @{ Type = 'CacheProblem'; Width = $width; Columns = 'Severity Kind Detail'; Cells = 'Information', 'WrongPermission'; Long = $reason; Group = 'RepoId' }
        @{ Type = 'RepairedItem'; Width = $width; Columns = 'Result Action Detail'; Cells = 'Repaired', 'Fetched'; Long = $reason }
        @{ Type = 'FileReport'; Width = $width; Columns = 'Source Bytes FileName'; Cells = 'Downloaded', '1.25 GB'; Long = $long }
        @{ Type = 'ExportedCache'; Width = $width; Columns = 'RepoId Revision FileCount Size'; Cells = '607a30d783df', '12345', '1.25 GB'; Long = $of.RepoId; Group = 'FullName' }
        @{ Type = 'ImportedCache'; Width = $width; Columns = 'RepoId Revision FileCount Size'; Cells = '607a30d783df', '12345', '1.25 GB'; Long = $of.RepoId }
        @{ Type = 'FileSystemCheck'; Width = $width; Columns = 'Check Result Value Severity'; Cells = 'LocksExcludeProcesses', 'NotTried', '1.25 GB'; Long = '' }
    }) {
    It 'keeps its columns, and shows all of the longest' -ForEach @{ Values = $cases.Where({ $_.Type -eq $Type })[0].Values } {
        $object = ConvertTo-Emitted $Type $Values
        $lines = ($object | Out-String -Width $Width) -split '\r?\n'
        $lines | Where-Object Length -GT $Width | Should -BeNullOrEmpty
        $lines -match '…|\.\.\.' | Should -BeNullOrEmpty
        $lines | Where-Object { ($_.Trim() -replace '\s+', ' ') -clike "$Columns*" } | Should -HaveCount 1
        foreach ($cell in $Cells) {
            @($lines -match "(^|\s)$([regex]::Escape($cell))(\s|$)").Count | Should -BeGreaterThan 0 -Because "it shows '$cell' in one piece"
        }
        Get-Unshown $lines $Long | Should -BeNullOrEmpty
        if ($Group) {
            Get-Unshown $lines ([string]$object.$Group) | Should -BeNullOrEmpty
            @($lines -match "^\s*${Group}: ").Count | Should -Be 1
        }
    }
}

Describe 'The table of 60 of <Type> at <Width> columns' -ForEach @(foreach ($case in $cases.Where({ $_.Type -in 'CachedFile', 'HubFile' })) {
        60, 80, 100, 120 | ForEach-Object { @{ Type = $case.Type; Values = $case.Values; Width = $_ } }
    }) {
    It 'is one line for each of 60 files of a snapshot' {
        $files = 1..60 | ForEach-Object {
            $each = $Values.Clone()
            $each.FileName = "model-{0:00000}-of-00060.bin" -f $_
            ConvertTo-Emitted $Type $each
        }
        $lines = ($files | Out-String -Width $Width) -split '\r?\n' | Where-Object { $_.Trim() }
        $lines.Count | Should -BeLessOrEqual 70
        $lines -match 'model-\d{5}-of-00060\.bin' | Should -HaveCount 60
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
        $lines -match '^\s+1\.25 GB False\s+640 MB b/c+$' | Should -HaveCount 1
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

Describe 'As text' {
    It 'a file is its path, a repo its id, and a file of the Hub both' {
        $file = Save-HubFile demo/tiny config.json -CachePath "$TestDrive/text"
        "$file" | Should -BeExactly $file.FullName
        $file.psobject.BaseObject.ToString() | Should -BeExactly $file.FullName
        "$(Get-HubCache demo/tiny -CachePath "$TestDrive/text")" | Should -BeExactly demo/tiny
        "$(Find-HubFile demo/tiny config.json -CachePath "$TestDrive/text")" | Should -BeExactly demo/tiny/config.json
    }

    It 'lists are arrays' {
        [HubCache.CachedRepo].GetProperty('Revisions').PropertyType | Should -Be ([HubCache.CachedRevision[]])
        [HubCache.CachedRepo].GetProperty('Problems').PropertyType | Should -Be ([string[]])
        [HubCache.CachedRevision].GetProperty('Refs').PropertyType | Should -Be ([string[]])
    }
}
