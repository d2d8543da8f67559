# The code in the texts about the module is right: all of it is read, and what can be run is run.

BeforeDiscovery {
    $root = Split-Path (Split-Path $PSScriptRoot)
    $blocks = foreach ($file in Get-Item (Join-Path $root 'docs/about/*.md')) {
        $number = 0
        foreach ($match in [regex]::Matches((Get-Content -LiteralPath $file -Raw).Replace("`r", ''), '(?ms)^```(?<language>\w+)\n(?<code>.+?)\n```$')) {
            $number++
            @{ Id = "$($file.BaseName) $number"; Language = $match.Groups['language'].Value; Code = $match.Groups['code'].Value }
        }
    }
    $powershell = @($blocks | Where-Object { $_.Language -eq 'powershell' })
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $null = Add-FakeRepo openai-community/gpt2 @(@{ path = 'config.json'; text = '{ "model_type": "gpt2" }' }, @{ path = 'model.safetensors'; size = 2000000 })
    $null = Add-FakeRepo org/gated-model @{ path = 'config.json'; text = '{ "gated": true }' }
    $null = Add-FakeRepo org/model @{ path = 'model.safetensors'; size = 1000 }
    $commit = (Save-HubFile openai-community/gpt2 config.json -CachePath (Join-Path $TestDrive 'ask')).CommitHash
}

Describe 'The code in the texts' {
    It 'is PowerShell without a fault in <Id>' -ForEach $powershell {
        $faults = $null
        $ast = [System.Management.Automation.Language.Parser]::ParseInput($Code, [ref] $null, [ref] $faults)
        $faults | Should -BeNullOrEmpty
        foreach ($call in $ast.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
            $command = Get-Command $call.GetCommandName() -Module HubCache -ErrorAction Ignore
            if ($command) {
                $named = $call.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] }
                foreach ($name in @($named).ParameterName) {
                    $name | Should -BeIn $command.Parameters.Keys
                }
            }
        }
    }

    It 'is JSON in <Id>' -ForEach @($blocks | Where-Object { $_.Language -eq 'json' }) {
        { $Code | ConvertFrom-Json } | Should -Not -Throw
    }

    It 'is a shell''s in <Id>' -ForEach @($blocks | Where-Object { $_.Language -eq 'sh' }) -Skip:(-not (Test-Path /bin/sh)) {
        $file = Join-Path $TestDrive 'block.sh'
        Set-Content -LiteralPath $file -Value $Code
        & /bin/sh -n $file 2>&1 | Should -BeNullOrEmpty
        $LASTEXITCODE | Should -Be 0
    }

    It 'is of a language that is checked in <Id>' -ForEach @($blocks | Where-Object { $_.Language -notin 'powershell', 'json', 'sh' }) {
        $Language | Should -Be yaml
        $Code | Should -Not -Match '\t'
    }

    It 'sets the names of the resource in <Id>' -ForEach @($blocks | Where-Object { $_.Code -match 'HubCache/Snapshot' }) {
        $properties = (Get-Content -LiteralPath (Join-Path $env:HUBCACHE_TEST_MODULE 'hubcache.snapshot.dsc.resource.json') -Raw | ConvertFrom-Json).schema.embedded.properties.psobject.Properties.Name
        $named = [regex]::Matches($Code, '(?m)^      (\w+):').ForEach({ $_.Groups[1].Value })
        $named | Should -Not -BeNullOrEmpty
        $named | Should -BeIn $properties
    }
}

Describe 'The provisioning script' {
    BeforeAll {
        $about = Get-Content -LiteralPath (Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'docs/about/about_HubCache_Provisioning.md') -Raw
        $template = [regex]::Match($about.Replace("`r", ''), '(?s)## A script\n\n```powershell\n(.+?)\n```').Groups[1].Value
    }

    BeforeEach {
        $work = Join-Path $TestDrive ([guid]::NewGuid())
        New-Item -ItemType Directory -Path $work | Out-Null
        $log = Join-Path $work 'hubcache.jsonl'
        $script = $template.Replace('607a30d783dfa663caf39e06633721c8d4cfcd7e', $commit).Replace('/srv/models/hub', (Join-Path $work hub)).Replace('/var/log/hubcache.jsonl', $log)
        $script | Should -Not -Be $template
    }

    It 'ends with 0, and leaves a line for each file' {
        $run = Invoke-ScriptFile $script $work
        $run.Errors | Should -BeNullOrEmpty
        $run.ExitCode | Should -Be 0
        $lines = Get-Content -LiteralPath $log
        $lines.Count | Should -Be 2
        ($lines | ConvertFrom-Json).FileName | Should -Be config.json, model.safetensors
        (Invoke-ScriptFile $script $work).ExitCode | Should -Be 0
        (Get-Content -LiteralPath $log | ConvertFrom-Json).Source | Should -Be Downloaded, Downloaded, Cache, Cache
    }

    It 'ends with 1 for what a person has to look at, and says what' {
        $run = Invoke-ScriptFile $script.Replace("'config.json', ", "'no-such.json', ") $work
        $run.ExitCode | Should -Be 1
        $run.Errors | Should -BeLike 'HubFileNotFound,*no-such.json*'
        (Get-Content -LiteralPath $log | ConvertFrom-Json).ErrorId | Should -Be HubFileNotFound, $null
    }

    It 'ends with 75 for what may pass by itself' {
        $run = Invoke-ScriptFile $script.Replace('MaximumRetryCount = 20', 'MaximumRetryCount = 0') $work @{ HF_ENDPOINT = 'http://127.0.0.1:9' }
        $run.ExitCode | Should -Be 75
        $run.Errors | Should -BeLike 'HubUnreachable,*'
        $run.Errors | Should -Not -Match '\e'
    }

    It 'ends with 78 when a proxy is in the way' {
        Add-Type -Path (Join-Path $PSScriptRoot '../FakeHub/bin/Release/net8.0/FakeHub.dll')
        $proxy = [FakeHub.FakeProxy]::Refuse(403)
        try {
            $run = Invoke-ScriptFile $script $work @{ HF_ENDPOINT = 'https://hub.example'; HTTPS_PROXY = "$($proxy.Address)" }
            $run.ExitCode | Should -Be 78
            $run.Errors | Should -BeLike "ProxyRefused,*$($proxy.Address.Authority)*"
            $proxy.Requests.Count | Should -Be 1
        }
        finally {
            $proxy.Dispose()
        }
    }
}

Describe 'What else can be run of the texts' {
    BeforeAll {
        function Get-Secret { New-Secret 'hf_demo' }
        function Set-AzVMExtension {
            [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
            param()

            $args
        }

        # What Windows alone has stands in by what it was given.
        function Set-ItemProperty {
            [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
            [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSAvoidOverwritingBuiltInCmdlets', '')]
            param()

            $args
        }
        function Add-MpPreference { $args }
        function fsutil { $args }
        $expected = @{
            'about_HubCache 1'               = $null
            'about_HubCache 2'               = { $args.FileName | Should -Be model.safetensors }
            'about_HubCache_Provisioning 1'  = $null
            'about_HubCache_Provisioning 2'  = { ($args | ConvertFrom-Json).FileName | Should -Be config.json }
            'about_HubCache_Provisioning 4'  = { $said = Get-Content ./prepare.log -Raw; $said | Should -BeLike '*in the cache*Cache, 0 bytes*'; $said | Should -Not -Match '\e' }
            'about_HubCache_Provisioning 6'  = { $args | Should -Contain CustomScript; $args | Should -Contain (Get-Content ./extension.json -Raw) }
            'about_HubCache_Provisioning 9'  = { $args.FileName | Should -Be config.json }
            'about_HubCache_Provisioning 10' = { $args.FileName | Should -Be config.json; $env:HF_TOKEN | Should -BeNullOrEmpty }
            'about_HubCache_Provisioning 11' = { $args.FileName | Should -Be config.json }
            'about_HubCache_Provisioning 12' = { $args.Verification | Should -Be GitSha1, Sha256 }
            'about_HubCache_Provisioning 13' = { (Get-Content ./hubcache.lock.json -Raw | ConvertFrom-Json).repos.files.path | Should -Be config.json, model.safetensors }
            'about_HubCache_Provisioning 14' = { $args | Should -BeNullOrEmpty }
            'about_HubCache_Networks 1'      = { $args.FileName | Should -Be config.json }
            'about_HubCache_Networks 3'      = { $args.FileName | Should -Be config.json }
            'about_HubCache_Windows 1'       = $null
            'about_HubCache_Windows 2'       = { $args | Should -Contain AllowDevelopmentWithoutDevLicense }
            'about_HubCache_Windows 3'       = { $args | Should -Contain LongPathsEnabled }
            'about_HubCache_Windows 4'       = { $args | Should -Contain setCaseSensitiveInfo }
            'about_HubCache_Windows 5'       = { $args[1] | Should -Be 'D:\hub' }
            'about_HubCache_SharedCaches 1'  = { Test-Path ./shared/hub/tests | Should -BeFalse }
            'about_HubCache_SharedCaches 4'  = { $args | Should -BeNullOrEmpty }
            'about_HubCache_SharedCaches 5'  = { $args.FileName | Should -Be config.json, model.safetensors }
            'about_HubCache_SharedCaches 7'  = { $args[0].FullName | Should -BeLike '*shared*'; $args[1].FullName | Should -BeLike '*own*' }
            'about_HubCache_SharedCaches 8'  = { $args | Should -BeNullOrEmpty }
            'about_HubCache_SharedCaches 9'  = { Get-HubCache -CachePath ./shared/hub | Should -Not -BeNullOrEmpty }
        }
    }

    BeforeEach {
        $work = Join-Path $TestDrive ([guid]::NewGuid())
        New-Item -ItemType Directory -Path $work | Out-Null
        Push-Location -LiteralPath $work
        $env:HF_HUB_CACHE = Join-Path $work 'hub'
        $rendering = $PSStyle.OutputRendering
        if ($Id -ne 'about_HubCache_Provisioning 13') {
            $null = Save-HubFile openai-community/gpt2 config.json, model.safetensors | Export-HubCache -LockFile ./hubcache.lock.json
        }
        $null = Save-HubFile openai-community/gpt2 config.json, model.safetensors -CachePath ./models
        $null = Save-HubFile openai-community/gpt2 config.json -CachePath ./shared/hub
        '{ "commandToExecute": "true" }' | Set-Content ./extension.json
        "'hf_demo'" | Set-Content ./read-secret.ps1
    }

    AfterEach {
        Pop-Location
        $PSStyle.OutputRendering = $rendering
        Remove-Item Env:HF_HUB_CACHE, Env:HTTPS_PROXY, Env:NO_PROXY, Env:HUBCACHE_READONLY_CACHES, Env:HF_TOKEN -ErrorAction Ignore
    }

    It 'is <Id>' -ForEach $powershell {
        $expected.Keys | Should -Contain $Id -Because 'every block is run, here or above'
        if ($expected[$Id]) {
            $here = $Code.Replace('/shared/models/hub', (Join-Path $work 'shared/hub'))
            $output = @(& ([scriptblock]::Create("`$ErrorActionPreference = 'Stop'; $here")))
            & $expected[$Id] @output
        }
    }
}
