# Checks and repairs by a user who may not read everything: root may, and would see nothing of it.

BeforeDiscovery {
    # Another user is needed, and only root can become one.
    $isRoot = $IsLinux -and (id -u) -eq '0'
}

Describe 'What the owner took from himself' -Skip:(-not $isRoot) {
    BeforeAll {
        Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
        $null = Add-FakeRepo modes/one @(@{ path = 'config.json'; text = '{}' }, @{ path = 'sub/deep/notes.txt'; text = 'deep' })
        $root = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'owned')
        $commit = (Save-HubFile modes/one -CachePath "$root/sound")[0].CommitHash
        chown -R 54321:54321 $root.FullName
        for ($folder = $root; $folder; $folder = $folder.Parent) {
            chmod o+x $folder.FullName
        }

        # One child for all cases: each takes the mode from one thing, checks, repairs without the Hub, and checks again.
        $script = @'
            $ErrorActionPreference = 'Stop'
            Import-Module '{0}'
            Set-Location -LiteralPath '{1}'
            foreach ($place in '{2}'.Split(';')) {{
                $cache = '{1}/' + [guid]::NewGuid().ToString('n')
                cp -a sound $cache
                chmod 000 "$cache/$place"
                $found = @(Test-HubCache -CachePath $cache)
                $done = @($found | Repair-HubCache -CachePath $cache -Offline)
                $left = @(Test-HubCache -CachePath $cache)
                @{{
                    Place = $place
                    Found = @($found.ForEach({{ "$($_.Kind) $([System.IO.Path]::GetRelativePath($cache, $_.FullName))" }}))
                    Done  = @($done.ForEach({{ "$($_.Action) $($_.Result)" }}))
                    Left  = @($left.ForEach({{ "$($_.Kind) $($_.FullName)" }}))
                    Files = @(Get-HubFile modes/one -CachePath $cache -ErrorAction Ignore).Count
                }} | ConvertTo-Json -Compress
            }}
'@
        $repo = 'models--modes--one'
        $places = "$repo", "$repo/blobs", "$repo/snapshots", "$repo/snapshots/$commit", "$repo/snapshots/$commit/sub", "$repo/refs", "$repo/refs/main", "$repo/trees", "$repo/trees/$commit.json", '.locks', ".locks/$repo"
        $other = Get-OtherUser
        $text = $script -f $other.Module, $root.FullName, ($places -join ';')
        $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($text))
        $command = $other.Become + "HOME=$root" + $other.Pwsh + '-NoProfile', '-NonInteractive', '-OutputFormat', 'Text', '-EncodedCommand', $encoded
        $lines = & $command[0] $command[1..($command.Count - 1)] 2>&1
        $answers = $lines | ForEach-Object { ConvertFrom-Json "$_" -AsHashtable }
    }

    It 'is one problem, is set right, and costs no file: <_>' -ForEach @(
        '{0}', '{0}/blobs', '{0}/snapshots', '{0}/snapshots/{1}', '{0}/snapshots/{1}/sub', '{0}/refs', '{0}/refs/main', '{0}/trees', '{0}/trees/{1}.json', '.locks', '.locks/{0}'
    ) {
        $place = $_ -f $repo, $commit
        $answer = $answers | Where-Object Place -EQ $place
        $answer.Found | Should -Be "WrongPermission $place"
        $answer.Done | Should -Be 'ModeSet Repaired'
        $answer.Left | Should -BeNullOrEmpty
        $answer.Files | Should -Be 2
    }
}

Describe 'A ref that another user keeps to himself' -Skip:(-not $isRoot) {
    BeforeAll {
        Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
        $null = Add-FakeRepo modes/kept @(@{ path = 'config.json'; text = '{}' }, @{ path = 'weights.bin'; size = 1000 })
        $root = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'kept')
        $null = Save-HubFile modes/kept -CachePath "$root/sound"
        chown -R 54321:54321 $root.FullName
        for ($folder = $root; $folder; $folder = $folder.Parent) {
            chmod o+x $folder.FullName
        }

        $ref = 'models--modes--kept/refs/main'
        $calls = [ordered]@{
            detached = { Remove-HubCache * -Detached -CachePath $cache -Confirm:$false }
            unused   = { Remove-HubCache * -UnusedFor 00:00:00.001 -CachePath $cache -Confirm:$false }
            size     = { Remove-HubCache * -KeepBytes 0 -CachePath $cache -Confirm:$false }
            revision = { Remove-HubCache modes/kept -Revision main -CachePath $cache -Confirm:$false }
            repo     = { Remove-HubCache modes/kept -CachePath $cache -Confirm:$false }
            repair   = { Repair-HubCache * -CachePath $cache -Offline }
            piped    = { [pscustomobject]@{ RepoId = 'modes/kept'; Kind = 'BadRef'; FullName = "$cache/models--modes--kept/refs/main" } | Repair-HubCache -CachePath $cache -Offline }
            offline  = { Save-HubFile modes/kept -CachePath $cache -Offline }
            file     = { Get-HubFile modes/kept config.json -CachePath $cache }
            export   = { Export-HubCache modes/kept -CachePath $cache -Path "$cache.tar" }
        }
        $other = Get-OtherUser
        $script = "Import-Module '$($other.Module)'"
        foreach ($name in $calls.Keys) {
            cp -a "$root/sound" "$root/$name"
            chown root:root "$root/$name/$ref"
            chmod 600 "$root/$name/$ref"
            $script += "`n`$cache = '$root/$name'; `$failed = @(); `$null = & {$($calls[$name])} 2>&1 | ForEach-Object { if (`$_ -is [System.Management.Automation.ErrorRecord]) { `$failed += `$_ } }"
            $script += "`n@{ Name = '$name'; Id = @(`$failed.FullyQualifiedErrorId); Text = `"`$failed`" } | ConvertTo-Json -Compress"
        }

        $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($script))
        $command = $other.Become + "HOME=$root" + $other.Pwsh + '-NoProfile', '-NonInteractive', '-OutputFormat', 'Text', '-EncodedCommand', $encoded
        $answers = & $command[0] $command[1..($command.Count - 1)] 2>&1 | ForEach-Object { ConvertFrom-Json "$_" -AsHashtable }
    }

    It 'is a read error that names it, and costs nothing: <_>' -ForEach detached, unused, size, revision, repo, piped, offline, file, export {
        $name = $_
        $answer = $answers | Where-Object Name -EQ $name
        $answer.Id | Should -HaveCount 1
        $answer.Id[0] | Should -BeLike 'CacheReadFailed,*'
        $answer.Text | Should -BeLike "*$root/$name/$ref*"
        Test-Path -LiteralPath "$root/$name/$ref" | Should -BeTrue
        @(Get-HubFile modes/kept -CachePath "$root/$name") | Should -HaveCount 2
    }

    It 'is left as it is by a repair' {
        Test-Path -LiteralPath "$root/repair/$ref" | Should -BeTrue
        @(Get-HubFile modes/kept -CachePath "$root/repair") | Should -HaveCount 2
    }
}
