BeforeAll {
    $module = Get-Module HubCache
    $manifest = Import-PowerShellDataFile -LiteralPath (Join-Path $env:HUBCACHE_TEST_MODULE 'HubCache.psd1')
}

Describe 'The staged module' {
    It 'has a manifest that PowerShell accepts' {
        Test-ModuleManifest -Path (Join-Path $env:HUBCACHE_TEST_MODULE 'HubCache.psd1') -ErrorAction Stop | Should -Not -BeNullOrEmpty
    }

    It 'exports its cmdlets by name and nothing else' {
        $module.ExportedCmdlets.Keys | Sort-Object | Should -Be 'Export-HubCache', 'Find-HubFile', 'Get-HubCache', 'Get-HubFile', 'Get-HubIncomplete', 'Import-HubCache', 'Remove-HubCache', 'Remove-HubIncomplete', 'Repair-HubCache', 'Save-HubFile', 'Test-HubCache', 'Test-HubCacheFileSystem'
        $module.ExportedFunctions.Count + $module.ExportedAliases.Count + $module.ExportedVariables.Count | Should -Be 0
        foreach ($key in 'CmdletsToExport', 'FunctionsToExport', 'AliasesToExport', 'VariablesToExport') {
            $manifest[$key] | Should -Not -Contain '*'
        }
    }

    It 'asks for PowerShell 7.4, Core' {
        $manifest.PowerShellVersion | Should -Be '7.4'
        $manifest.CompatiblePSEditions | Should -Be 'Core'
    }

    It 'consists of files that were meant to be in it' {
        $files = Get-ChildItem -LiteralPath $env:HUBCACHE_TEST_MODULE -Recurse -File |
            ForEach-Object { [System.IO.Path]::GetRelativePath($env:HUBCACHE_TEST_MODULE, $_.FullName).Replace('\', '/') }
        $files | Where-Object { $_ -notlike 'en-US/*' } | Sort-Object | Should -Be @(
            'CHANGELOG.md', 'HubCache.dll', 'HubCache.Format.ps1xml', 'HubCache.PowerShell.dll', 'HubCache.psd1',
            'hubcache.snapshot.dsc.resource.json', 'hubcache.snapshot.ps1', 'HubCache.Types.ps1xml', 'lib/Blake3.dll', 'lib/HubCache.Codecs.dll', 'lib/HubCache.Retry.dll', 'lib/K4os.Compression.LZ4.dll', 'lib/Polly.Core.dll', 'LICENSE', 'README.md', 'THIRD-PARTY-NOTICES.txt')
    }

    It 'says by its tags which cmdlets it has, and which systems it was tested on' {
        $tags = $manifest.PrivateData.PSData.Tags
        foreach ($tag in @('PSIncludes_Cmdlet') + $manifest.CmdletsToExport.ForEach({ "PSCmdlet_$_"; "PSCommand_$_" })) {
            $tags | Should -Contain $tag
        }
        $tags | Where-Object { $_ -in 'Linux', 'MacOS', 'Windows' } | Should -Be 'Linux'
    }

    It 'writes the addresses that follow from that of the project, and none while that is empty' {
        $properties = Get-Content -LiteralPath (Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'Directory.Build.props') -Raw
        $address = [regex]::Match($properties, '<ProjectUri>(.*?)</ProjectUri>').Groups[1].Value
        $data = $manifest.PrivateData.PSData
        "$($data.ProjectUri)" | Should -Be $address
        "$($data.LicenseUri)", "$($data.IconUri)" | Should -Be @($address ? "$address/blob/main/LICENSE", "$address/raw/main/docs/icon.png" : '', '')
    }

    It 'carries the licence of what it ships' {
        $notices = Get-Content -LiteralPath (Join-Path $env:HUBCACHE_TEST_MODULE 'THIRD-PARTY-NOTICES.txt') -Raw
        $notices | Should -Match 'Copyright \(c\) 2015-\d{4}, App vNext'
        $notices | Should -Match 'BSD 3-Clause|Redistributions in binary form'
        $notices | Should -Match 'Copyright \(c\) 2017 Milosz Krajewski'
        $notices | Should -Match 'Copyright \(c\) 2020, Alexandre Mutel'
        foreach ($library in 'Polly.Core', 'K4os.Compression.LZ4', 'Blake3') {
            $version = [System.Diagnostics.FileVersionInfo]::GetVersionInfo((Join-Path $env:HUBCACHE_TEST_MODULE "lib/$library.dll")).ProductVersion -replace '\+.*'
            $notices | Should -Match ([regex]::Escape("$library $version"))
        }
    }

    It 'has one version in the manifest and in the assemblies' {
        foreach ($dll in 'HubCache.dll', 'HubCache.PowerShell.dll', 'lib/HubCache.Retry.dll', 'lib/HubCache.Codecs.dll') {
            $version = [System.Reflection.AssemblyName]::GetAssemblyName((Join-Path $env:HUBCACHE_TEST_MODULE $dll)).Version
            "$($version.Major).$($version.Minor).$($version.Build)" | Should -Be $manifest.ModuleVersion
        }
    }

    It 'can be imported again' {
        { Import-Module $env:HUBCACHE_TEST_MODULE -Force } | Should -Not -Throw
        Save-HubFile demo/tiny config.json -CachePath "$TestDrive/again" | Should -Not -BeNullOrEmpty
    }

    It 'lets scripts name its types' {
        [HubCache.CachedFile].Assembly.Location | Should -Be (Join-Path $env:HUBCACHE_TEST_MODULE 'HubCache.dll')
    }
}

Describe 'The parameters of <_>' -ForEach 'Export-HubCache', 'Find-HubFile', 'Get-HubCache', 'Get-HubFile', 'Get-HubIncomplete', 'Remove-HubCache', 'Remove-HubIncomplete', 'Repair-HubCache', 'Save-HubFile', 'Test-HubCache' {
    BeforeAll {
        $command = Get-Command $_
        $attribute = { $command.Parameters[$args[0]].Attributes.Where({ $_ -is [Parameter] })[0] }
    }

    It 'form one set' {
        $command.ParameterSets.Count | Should -Be 1
    }

    It 'begin with RepoId, from the pipeline by value and by name' {
        $repoId = & $attribute RepoId
        $repoId.Position | Should -Be 0
        $repoId.ValueFromPipeline | Should -BeTrue
        $repoId.ValueFromPipelineByPropertyName | Should -BeTrue
        $several = 'Get-HubCache', 'Get-HubIncomplete', 'Remove-HubCache', 'Remove-HubIncomplete', 'Test-HubCache'
        $command.Parameters.RepoId.ParameterType | Should -Be ($command.Name -in $several ? [string[]] : [string])
    }

    It 'take RepoType and CachePath from an object' {
        (& $attribute RepoType).ValueFromPipelineByPropertyName | Should -BeTrue
        (& $attribute CachePath).ValueFromPipelineByPropertyName | Should -BeTrue
        $command.Parameters.CachePath.Aliases | Should -BeNullOrEmpty
    }

    It 'are named as what the others emit' {
        $emitted = [HubCache.CachedFile], [HubCache.HubFile], [HubCache.CachedRepo], [HubCache.CachedRevision], [HubCache.IncompleteFile], [HubCache.RemovedItem], [HubCache.CacheProblem], [HubCache.RepairedItem], [HubCache.ExportedCache], [HubCache.ImportedCache]
        $emitted.GetProperties().Name | Should -Not -Contain 'Path'
        foreach ($name in 'RepoId', 'RepoType') {
            $emitted.ForEach({ $_.GetProperty($name) }) | Should -HaveCount $emitted.Count
        }
    }

    It 'say what is emitted' {
        $command.OutputType.Name | Should -Not -BeNullOrEmpty
    }
}

Describe 'The parameters of Test-HubCacheFileSystem' {
    It 'name a cache, which pipes in from a repo, and nothing else' {
        $command = Get-Command Test-HubCacheFileSystem
        $command.ParameterSets.Count | Should -Be 1
        $command.Parameters.Keys | Where-Object { $_ -notin [System.Management.Automation.PSCmdlet]::CommonParameters } | Should -Be 'CachePath'
        $command.Parameters.CachePath.Attributes.Where({ $_ -is [Parameter] })[0].ValueFromPipelineByPropertyName | Should -BeTrue
        $command.OutputType.Name | Should -Be 'HubCache.FileSystemCheck'
        [HubCache.FileSystemCheck].GetProperties().Name | Should -Not -Contain 'Path'
    }
}

Describe 'Save-HubFile, its parameters' {
    BeforeAll {
        $parameters = (Get-Command Save-HubFile).Parameters
        $attribute = { $parameters[$args[0]].Attributes.Where({ $_ -is [Parameter] })[0] }
    }

    It 'has FileName second, optional, by property name only' {
        $fileName = & $attribute FileName
        $fileName.Position | Should -Be 1
        $fileName.Mandatory | Should -BeFalse
        $fileName.ValueFromPipeline | Should -BeFalse
        $fileName.ValueFromPipelineByPropertyName | Should -BeTrue
    }

    It 'takes <Name> as <Type>' -ForEach @(
        @{ Name = 'RepoId'; Type = [string] }, @{ Name = 'FileName'; Type = [string[]] }, @{ Name = 'Exclude'; Type = [string[]] }, @{ Name = 'RepoType'; Type = [HubCache.RepoType] }
        @{ Name = 'Token'; Type = [securestring] }, @{ Name = 'Endpoint'; Type = [uri] }, @{ Name = 'Proxy'; Type = [uri] }
        @{ Name = 'ProxyCredential'; Type = [pscredential] }, @{ Name = 'MaximumRetryCount'; Type = [int] }
        @{ Name = 'ConnectionTimeoutSeconds'; Type = [int] }, @{ Name = 'OperationTimeoutSeconds'; Type = [int] }
        @{ Name = 'Force'; Type = [switch] }, @{ Name = 'Offline'; Type = [switch] }
    ) {
        $parameters[$Name].ParameterType | Should -Be $Type
    }

    It 'refuses <_>' -ForEach '-MaximumRetryCount -1', '-ConnectionTimeoutSeconds 0', '-OperationTimeoutSeconds 0', '-FileName @()', '-FileName $null', '-FileName a,""', '-RepoId ""' {
        $arguments = $_.StartsWith('-FileName') ? "demo/tiny $_" : $_.StartsWith('-RepoId') ? "$_ -FileName a" : "demo/tiny a $_"
        [scriptblock]::Create("Save-HubFile $arguments -ErrorAction Stop") | Should -Throw -ErrorId '*Argument*'
    }

    It 'refuses a repo type that is none' {
        { Save-HubFile demo/tiny a -RepoType Thing -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidOption,*'
    }

    It 'supports -WhatIf and -Confirm, with a medium impact' {
        $parameters.Keys | Should -Contain 'WhatIf'
        $parameters.Keys | Should -Contain 'Confirm'
        (Get-Command Save-HubFile).ImplementingType.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false)[0].ConfirmImpact | Should -Be 'Medium'
    }
}
