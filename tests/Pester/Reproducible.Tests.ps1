# The same sources give the same module, wherever they are built, from what is locked.

BeforeAll {
    $root = Split-Path (Split-Path $PSScriptRoot)

    # Only what is built, without what was built before.
    function Copy-Source([string] $Folder) {
        New-Item -ItemType Directory -Path $Folder | Out-Null
        Copy-Item -LiteralPath (Join-Path $root 'src') -Destination $Folder -Recurse
        Get-ChildItem -LiteralPath (Join-Path $Folder 'src') -Recurse -Directory | Where-Object Name -In 'bin', 'obj' | Remove-Item -Recurse -Force
        foreach ($name in 'Directory.Build.props', 'Directory.Packages.props', 'global.json', '.editorconfig') {
            Copy-Item -LiteralPath (Join-Path $root $name) -Destination $Folder
        }
    }

    # The analyzers have no say in what comes out, and take most of the time.
    function Build-Copy([string] $Folder) {
        Copy-Source $Folder
        $said = dotnet publish (Join-Path $Folder 'src/HubCache.PowerShell') --configuration Release --output (Join-Path $Folder 'out') --verbosity quiet --nologo -p:RunAnalyzers=false -p:RestoreLockedMode=true
        $LASTEXITCODE | Should -Be 0 -Because "$said"
    }

    $folders = (Join-Path $TestDrive 'one'), (Join-Path $TestDrive 'another place/two')
    $folders | ForEach-Object { Build-Copy $_ }
}

Describe 'Two builds in two folders' {
    It 'give the same <_>' -ForEach 'HubCache.dll', 'HubCache.PowerShell.dll', 'HubCache.Retry.dll' {
        $hashes = foreach ($folder in $folders) {
            (Get-FileHash -LiteralPath (Join-Path $folder "out/$_")).Hash
        }
        $hashes[0] | Should -Be $hashes[1]
    }

    It 'say nowhere where they were built' {
        foreach ($library in Get-ChildItem -Path (Join-Path $folders[0] 'out/HubCache*.dll')) {
            # Zeros are between the letters in UTF-16, and nothing in Latin-1 is lost.
            $text = [Text.Encoding]::Latin1.GetString([System.IO.File]::ReadAllBytes($library.FullName)).Replace("`0", '')
            $text.Contains('/_/src/') | Should -BeTrue -Because 'the paths are those of the project'
            $text.Contains($folders[0]) | Should -BeFalse -Because $library.Name
        }
    }
}
