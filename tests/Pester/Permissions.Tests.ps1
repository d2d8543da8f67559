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
