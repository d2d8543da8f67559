# What the README shows is run as it stands; only places and the commit, which the Hub of the tests cannot have, are put in.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $root = Split-Path (Split-Path $PSScriptRoot)
    $readme = (Get-Content -LiteralPath (Join-Path $root 'README.md') -Raw).Replace("`r", '')
    $small = @(@{ path = 'config.json'; text = '{ }' }, @{ path = 'tokenizer.json'; text = '[ ]' }, @{ path = 'model.safetensors'; size = 2000000 })
    $null = Add-FakeRepo openai-community/gpt2 $small
    $null = Add-FakeRepo BAAI/bge-small-en-v1.5 $small
    $commit = (Save-HubFile openai-community/gpt2 config.json -CachePath (Join-Path $TestDrive 'ask')).CommitHash

    function Get-Example([string] $Title) {
        $match = [regex]::Match($readme, "(?ms)^### $([regex]::Escape($Title))\n\n``````powershell\n(?<code>.+?)\n``````$")
        $match.Success | Should -BeTrue -Because "the README has an example '$Title'"
        $match.Groups['code'].Value
    }
}

Describe 'README.md' {
    BeforeEach {
        $work = Join-Path $TestDrive ([guid]::NewGuid())
        $cache = Join-Path $work hub
        New-Item -ItemType Directory -Path $work | Out-Null
    }

    Context 'the provisioning script' {
        BeforeAll {
            $script = Get-Example 'A provisioning script'
        }

        BeforeEach {
            $script = $script.Replace('607a30d783dfa663caf39e06633721c8d4cfcd7e', $commit).Replace('/srv/models/hub', $cache)
        }

        It 'stops at the first error, and names its commit and its cache' {
            $script | Should -BeLike "`$ErrorActionPreference = 'Stop'`n*Revision  = '$commit'*CachePath = '$cache'*"
        }

        It 'ends in 0 when every file is there' {
            $run = Invoke-ScriptFile $script $work
            $run.Errors | Should -BeNullOrEmpty
            $run.ExitCode | Should -Be 0
            $run.Output | Should -BeLike '*config.json*GitSha1*tokenizer.json*GitSha1*model.safetensors*2000000*Sha256*'
            (Get-HubCache -CachePath $cache).FileCount | Should -Be 3
        }

        It 'asks the Hub nothing for what is there' {
            (Invoke-ScriptFile $script $work).ExitCode | Should -Be 0
            (Invoke-ScriptFile $script $work @{ HF_ENDPOINT = 'http://127.0.0.1:1' }).ExitCode | Should -Be 0
        }

        It 'does not end in 0 when a file is missing' {
            $run = Invoke-ScriptFile $script.Replace('tokenizer.json', 'no-such-file.json') $work
            $run.ExitCode | Should -Be 1
            $run.Errors | Should -BeLike '*no-such-file.json*'
        }
    }

    It 'shows at the prompt what it says' {
        $run = Invoke-ScriptFile "Import-Module HubCache`n$(Get-Example 'At the prompt')" $work @{ HF_HUB_CACHE = $cache }
        $run.Errors | Should -BeNullOrEmpty
        $run.Output | Should -BeLike "*config.json*Downloaded*model.safetensors*2000000*Downloaded*$cache*model.safetensors*"
    }

    It 'fills one cache from several jobs' {
        $script = (Get-Example 'One cache for a cluster').Replace('/shared/models/hub', $cache)
        $run = Invoke-ScriptFile "Import-Module HubCache`n`$ErrorActionPreference = 'Stop'`n$script" $work
        $run.Errors | Should -BeNullOrEmpty
        $run.ExitCode | Should -Be 0
        (Get-HubCache -CachePath $cache).FileCount | Should -Be 2
    }

    It 'brings a cache to where there is no network' {
        # Only what the archive holds crosses over, and no Hub answers there.
        $script = (Get-Example 'Without a network') -replace '(?m)^Import-HubCache', "Remove-Item -Recurse -Force ./hub`n`$env:HF_ENDPOINT = 'http://127.0.0.1:1'`n`$0"
        $run = Invoke-ScriptFile "Import-Module HubCache`n`$ErrorActionPreference = 'Stop'`n$script" $work
        $run.Errors | Should -BeNullOrEmpty
        $run.ExitCode | Should -Be 0
        $name = @($run.Output.Trim() -split '\r?\n')[-1]
        (Get-Item -LiteralPath $name).ResolveLinkTarget($true).Length | Should -Be 2000000
    }

    It 'cleans up only what is dead' {
        $file = Save-HubFile openai-community/gpt2 config.json -CachePath $cache
        $dead = Join-Path (Split-Path $file.BlobPath) "$($file.ETag).free-0123abcd.incomplete"
        $young = Join-Path (Split-Path $file.BlobPath) "$($file.ETag).incomplete"
        Set-Content -LiteralPath $dead, $young -Value 'x'
        $run = Invoke-ScriptFile "Import-Module HubCache`n$(Get-Example 'Cleaning up')" $work @{ HF_HUB_CACHE = $cache }
        $run.Errors | Should -BeNullOrEmpty
        Test-Path -LiteralPath $dead, $young | Should -Be $false, $true
        $run.Output | Should -Not -BeLike '*What if*openai-community*'
        Test-Path -LiteralPath $file.FullName | Should -BeTrue
    }

    It 'says first what it is, and then how to install and to try it' {
        [regex]::Matches($readme, '(?m)^## .+').Value[0..1] | Should -Be '## Install', '## Try it from source'
        $readme.IndexOf('Save-HubFile') | Should -BeLessThan $readme.IndexOf('## Install')
        foreach ($line in 'dotnet tool restore', 'dotnet pwsh ./build.ps1 -Task Demo', 'dotnet pwsh ./build.ps1 -Task Test') {
            $readme | Should -BeLike "*$line*"
        }
    }

    It 'shows for its first line what comes of it' {
        $line = [regex]::Match($readme, '(?m)^PS> (.+)$').Groups[1].Value
        $head = [regex]::Match($readme, '(?m)^FileName +Length .+$').Value -split ' +'
        $said = (& ([scriptblock]::Create(($line -replace 'Save-HubFile \S+ .+? \|', "Save-HubFile openai-community/gpt2 config.json, model.safetensors -CachePath '$cache' |"))) | Out-String -Width 100)
        $said -split '\r?\n' | Where-Object { $_ } | Select-Object -First 1 | ForEach-Object { $_.Trim() -split ' +' } | Should -Be $head
    }

    It 'has the examples that people need, and links that lead somewhere' {
        [regex]::Matches($readme, '(?m)^### ').Count | Should -Be 5
        foreach ($link in [regex]::Matches($readme, '\]\((?!https?:)([^)#]+)\)')) {
            Test-Path -LiteralPath (Join-Path $root $link.Groups[1].Value) | Should -BeTrue -Because "$($link.Value) is there"
        }
    }
}
