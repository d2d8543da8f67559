# The package that build.ps1 -Task Pack makes is what PSResourceGet finds, installs and imports.

BeforeDiscovery {
    $hasPSResourceGet = @(Get-Module -ListAvailable Microsoft.PowerShell.PSResourceGet).Count -gt 0
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $root = Split-Path (Split-Path $PSScriptRoot)
    $manifest = Import-PowerShellDataFile -LiteralPath (Join-Path $env:HUBCACHE_TEST_MODULE 'HubCache.psd1')
    $data = $manifest.PrivateData.PSData
    $version = "$($manifest.ModuleVersion)-$($data.Prerelease)"
    $package = & (Join-Path $root 'src/pack-module.ps1') -ModulePath $env:HUBCACHE_TEST_MODULE -DestinationPath (Join-Path $TestDrive 'package')
    $content = Join-Path $TestDrive 'content'
    [System.IO.Compression.ZipFile]::ExtractToDirectory($package, $content)
    $nuspec = ([xml](Get-Content -LiteralPath (Join-Path $content 'HubCache.nuspec') -Raw)).package.metadata

    function Get-FileName([string] $Folder) {
        Get-ChildItem -LiteralPath $Folder -Recurse -File -Force | ForEach-Object { [System.IO.Path]::GetRelativePath($Folder, $_.FullName).Replace('\', '/') } | Sort-Object
    }
}

Describe 'The package' {
    It 'is named as its version' {
        Split-Path -Leaf $package | Should -Be "HubCache.$version.nupkg"
        $nuspec.id, $nuspec.version | Should -Be 'HubCache', $version
    }

    It 'holds the module as it is staged, with its help and its libraries, and nothing else' {
        $staged = Get-FileName $env:HUBCACHE_TEST_MODULE
        $staged | Should -Contain 'lib/Polly.Core.dll'
        $staged | Should -Contain 'en-US/HubCache.PowerShell.dll-Help.xml'
        $ofPackage = 'HubCache.nuspec', '[Content_Types].xml', '_rels/.rels'
        Get-FileName $content | Where-Object { $_ -notin $ofPackage -and $_ -notlike 'package/services/*' } | Should -Be $staged
        foreach ($file in $staged) {
            (Get-FileHash -LiteralPath (Join-Path $content $file)).Hash | Should -Be (Get-FileHash -LiteralPath (Join-Path $env:HUBCACHE_TEST_MODULE $file)).Hash
        }
    }

    It 'says what the manifest says' {
        $nuspec.authors, $nuspec.owners, $nuspec.description, $nuspec.copyright | Should -Be $manifest.Author, $manifest.CompanyName, $manifest.Description, $manifest.Copyright
        $nuspec.releaseNotes | Should -Be $data.ReleaseNotes
        "$($nuspec.projectUrl)", "$($nuspec.licenseUrl)", "$($nuspec.iconUrl)" | Should -Be "$($data.ProjectUri)", "$($data.LicenseUri)", "$($data.IconUri)"
        $nuspec.SelectNodes('//*[local-name()="dependency"]').Count | Should -Be @($manifest.RequiredModules).Where({ $_ }).Count
        $tags = $nuspec.tags -split ' '
        foreach ($tag in @('PSModule') + $data.Tags) {
            $tags | Should -Contain $tag
        }
    }
}

Describe 'A local repository of PSResourceGet' -Skip:(-not $hasPSResourceGet) {
    BeforeAll {
        $gallery = (New-Item -ItemType Directory (Join-Path $TestDrive 'gallery')).FullName
        Copy-Item -LiteralPath $package -Destination $gallery
        $name = "HubCacheTest$PID"

        # The list of repositories is the user's: this one stays out of it, or is taken out again. The folder has to be there,
        # or .NET names none, and the list is written into the current folder.
        # PSResourceGet goes by HOME for where modules are installed, and by XDG_DATA_HOME for its list.
        $oldHome = $env:HOME
        $env:HOME = Join-Path $TestDrive 'home'
        $env:XDG_DATA_HOME = (New-Item -ItemType Directory -Path (Join-Path $env:HOME '.local/share')).FullName
        Import-Module Microsoft.PowerShell.PSResourceGet
        Register-PSResourceRepository -Name $name -Uri $gallery -Trusted
    }

    AfterAll {
        Unregister-PSResourceRepository -Name $name
        Remove-Item Env:XDG_DATA_HOME
        $env:HOME = $oldHome
    }

    It 'finds it, with what it says of itself' {
        $found = Find-PSResource -Name HubCache -Repository $name -Prerelease
        $found.Name, "$($found.Version)", $found.Prerelease, "$($found.Type)" | Should -Be 'HubCache', $manifest.ModuleVersion, $data.Prerelease, 'Module'
        $found.Description, $found.Author, $found.Copyright | Should -Be $manifest.Description, $manifest.Author, $manifest.Copyright
        $found.Tags | Should -Contain 'HuggingFace'
        $found.Dependencies | Should -BeNullOrEmpty
    }

    It 'finds it by a cmdlet that it has' {
        (Find-PSResource -Tag PSCmdlet_Save-HubFile -Repository $name -Prerelease).Name | Should -Be 'HubCache'
    }

    It 'is only taken as the preview that it is' {
        Find-PSResource -Name HubCache -Repository $name -ErrorAction Ignore | Should -BeNullOrEmpty
    }

    It 'installs it so that it works' {
        # A child with a list of repositories of its own: where both are is settled when PowerShell starts.
        $script = "Register-PSResourceRepository -Name $name -Uri '$gallery' -Trusted -Force; Install-PSResource HubCache -Repository $name -Prerelease"
        & (Join-Path $PSHOME 'pwsh') -NoProfile -NonInteractive -Command "`$ErrorActionPreference = 'Stop'; $script"
        $LASTEXITCODE | Should -Be 0
        $installed = Join-Path $env:XDG_DATA_HOME "powershell/Modules/HubCache/$($manifest.ModuleVersion)"
        Get-FileName $installed | Where-Object { $_ -ne 'PSGetModuleInfo.xml' } | Should -Be (Get-FileName $env:HUBCACHE_TEST_MODULE)
        $script = "Import-Module HubCache; (Get-Module HubCache).Path; (Save-HubFile demo/tiny config.json -CachePath '$TestDrive/cache').FileName; (Get-Help Save-HubFile).Synopsis"
        $lines = & (Join-Path $PSHOME 'pwsh') -NoProfile -NonInteractive -Command $script
        $lines | Should -Be (Join-Path $installed 'HubCache.PowerShell.dll'), 'config.json', (Get-Help Save-HubFile).Synopsis
    }
}
