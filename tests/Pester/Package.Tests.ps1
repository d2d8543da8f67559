# The package that build.ps1 makes is what PSResourceGet finds, saves and imports.

BeforeDiscovery {
    $hasPSResourceGet = @(Get-Module -ListAvailable Microsoft.PowerShell.PSResourceGet).Count -gt 0
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $root = Split-Path (Split-Path $PSScriptRoot)
    $manifest = Import-PowerShellDataFile -LiteralPath (Join-Path $env:HUBCACHE_TEST_MODULE 'HubCache.psd1')
    $output = @(& (Join-Path $PSHOME 'pwsh') -NoProfile -File (Join-Path $root 'build.ps1') -Task Pack -NoBuild)
    $LASTEXITCODE | Should -Be 0
    $package = $output[-1]
    $content = Join-Path $TestDrive 'content'
    [System.IO.Compression.ZipFile]::ExtractToDirectory($package, $content)
    $nuspec = ([xml](Get-Content -LiteralPath (Join-Path $content 'HubCache.nuspec') -Raw)).package.metadata

    function Get-FileName([string] $Folder) {
        Get-ChildItem -LiteralPath $Folder -Recurse -File -Force | ForEach-Object { [System.IO.Path]::GetRelativePath($Folder, $_.FullName).Replace('\', '/') } | Sort-Object
    }
}

Describe 'The package' {
    It 'is named as its version' {
        Split-Path -Leaf $package | Should -Be "HubCache.$($manifest.ModuleVersion).nupkg"
        $nuspec.id, $nuspec.version | Should -Be 'HubCache', $manifest.ModuleVersion
    }

    It 'holds the module as it is staged, with its help and its libraries, and nothing else' {
        $staged = Get-FileName $env:HUBCACHE_TEST_MODULE
        $staged | Should -Contain 'lib/Polly.Core.dll'
        $staged | Should -Contain 'en-US/HubCache.PowerShell.dll-Help.xml'
        Get-FileName $content | Should -Be (@($staged) + 'HubCache.nuspec' + '[Content_Types].xml' + '_rels/.rels' + 'README.md' | Sort-Object)
        foreach ($file in $staged) {
            (Get-FileHash -LiteralPath (Join-Path $content $file)).Hash | Should -Be (Get-FileHash -LiteralPath (Join-Path $env:HUBCACHE_TEST_MODULE $file)).Hash
        }
    }

    It 'says of every file what content it is' {
        $types = ([xml](Get-Content -LiteralPath (Join-Path $content '[Content_Types].xml') -Raw)).Types
        foreach ($file in Get-FileName $content | Where-Object { $_ -ne '[Content_Types].xml' }) {
            $extension = [System.IO.Path]::GetExtension($file).TrimStart('.')
            ($extension ? $types.Default.Extension -contains $extension : $types.Override.PartName -contains "/$file") | Should -BeTrue -Because $file
        }
    }

    It 'says what the manifest says' {
        $nuspec.authors, $nuspec.owners, $nuspec.description, $nuspec.copyright | Should -Be $manifest.Author, $manifest.CompanyName, $manifest.Description, $manifest.Copyright
        $nuspec.license.type, $nuspec.license.'#text' | Should -Be 'expression', 'MIT'
        $nuspec.releaseNotes | Should -Be $manifest.PrivateData.PSData.ReleaseNotes
        $nuspec.readme | Should -Be 'README.md'
        "$($nuspec.projectUrl)" | Should -Be "$($manifest.PrivateData.PSData.ProjectUri)"
        $nuspec.SelectNodes('//*[local-name()="dependency"]').Count | Should -Be @($manifest.RequiredModules).Where({ $_ }).Count
        $tags = $nuspec.tags -split ' '
        foreach ($tag in @('PSModule', 'PSIncludes_Cmdlet') + $manifest.PrivateData.PSData.Tags + $manifest.CmdletsToExport.ForEach({ "PSCmdlet_$_"; "PSCommand_$_" })) {
            $tags | Should -Contain $tag
        }
    }

    It 'holds a manifest that PowerShell accepts' {
        $module = Test-ModuleManifest -Path (Join-Path $content 'HubCache.psd1') -ErrorAction Stop
        $module.Version | Should -Be $manifest.ModuleVersion
        $module.ExportedCmdlets.Keys | Sort-Object | Should -Be ($manifest.CmdletsToExport | Sort-Object)
    }
}

Describe 'A local repository of PSResourceGet' -Skip:(-not $hasPSResourceGet) {
    BeforeAll {
        $gallery = (New-Item -ItemType Directory (Join-Path $TestDrive 'gallery')).FullName
        Copy-Item -LiteralPath $package -Destination $gallery
        $name = "HubCacheTest$PID"

        # The list of repositories is the user's: this one stays out of it, or is taken out again. The folder has to be there,
        # or .NET names none, and the list is written into the current folder.
        $env:XDG_DATA_HOME = (New-Item -ItemType Directory -Path (Join-Path $TestDrive 'data')).FullName
        Import-Module Microsoft.PowerShell.PSResourceGet
        Register-PSResourceRepository -Name $name -Uri $gallery -Trusted
    }

    AfterAll {
        Unregister-PSResourceRepository -Name $name
        Remove-Item Env:XDG_DATA_HOME
    }

    It 'finds it, with what it says of itself' {
        $found = Find-PSResource -Name HubCache -Repository $name
        $found.Name, "$($found.Version)", "$($found.Type)" | Should -Be 'HubCache', $manifest.ModuleVersion, 'Module'
        $found.Description, $found.Author, $found.Copyright | Should -Be $manifest.Description, $manifest.Author, $manifest.Copyright
        $found.Tags | Should -Contain 'HuggingFace'
        $found.Dependencies | Should -BeNullOrEmpty
    }

    It 'finds it by what it is about' {
        (Find-PSResource -Tag HuggingFace -Repository $name).Name | Should -Be 'HubCache'
    }

    It 'saves it so that it works' {
        $modules = (New-Item -ItemType Directory (Join-Path $TestDrive 'modules')).FullName
        Save-PSResource -Name HubCache -Repository $name -Path $modules -TrustRepository
        $saved = Join-Path $modules "HubCache/$($manifest.ModuleVersion)"
        Join-Path $saved 'en-US/about_HubCache.help.txt' | Should -Exist
        $script = "Import-Module '$saved/HubCache.psd1'; (Get-Module HubCache).Version.ToString(); (Save-HubFile demo/tiny config.json -CachePath '$TestDrive/cache').FileName; (Get-Help Save-HubFile).Synopsis"
        $lines = & (Join-Path $PSHOME 'pwsh') -NoProfile -NonInteractive -Command $script
        $lines | Should -Be $manifest.ModuleVersion, 'config.json', (Get-Help Save-HubFile).Synopsis
    }
}
