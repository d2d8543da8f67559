# The module targets PowerShell 7.4 and .NET 8, and the suites run in a newer one: what they cannot notice is read from the staged files.

BeforeDiscovery {
    $module = $env:HUBCACHE_TEST_MODULE
    $dlls = Get-ChildItem -LiteralPath $module -Filter *.dll -Recurse | ForEach-Object { @{ Name = $_.Name; Path = $_.FullName } }
    $scripts = Get-ChildItem -LiteralPath $module -Include *.ps1, *.psm1 -Recurse | ForEach-Object { @{ Name = $_.Name; Path = $_.FullName } }
}

Describe 'What the module is built for' {
    BeforeAll {
        function Get-Reference {
            param([string] $Path)

            $stream = [System.IO.File]::OpenRead($Path)
            $file = [System.Reflection.PortableExecutable.PEReader]::new($stream)
            try {
                $reader = [System.Reflection.Metadata.PEReaderExtensions]::GetMetadataReader($file)
                foreach ($handle in $reader.AssemblyReferences) {
                    $reference = $reader.GetAssemblyReference($handle)
                    @{ Name = $reader.GetString($reference.Name); Version = $reference.Version }
                }
            }
            finally {
                $file.Dispose()
            }
        }
    }

    It '<Name> needs nothing newer than .NET 8 and PowerShell Standard 5.1' -ForEach $dlls {
        $references = @(Get-Reference $Path)
        $references.Count | Should -BeGreaterThan 0
        foreach ($reference in $references) {
            $limit = switch -Regex ($reference.Name) {
                # The reference assembly of PowerShell Standard has this version; that of PowerShell 7.4 would have 7.4.0.
                '^System\.Management\.Automation$' { '3.0.0.0'; break }
                '^(System|Microsoft)\.|^netstandard$|^mscorlib$' { '8.0.0.0' }
            }
            if ($limit) {
                $reference.Version | Should -BeLessOrEqual ([version] $limit) -Because "$($reference.Name) is not newer in PowerShell 7.4"
            }
        }
    }

    It '<Name> uses no command or parameter that came after 7.4' -ForEach $scripts {
        $errors = $null
        $tree = [System.Management.Automation.Language.Parser]::ParseFile($Path, [ref] $null, [ref] $errors)
        $errors | Should -BeNullOrEmpty
        $newer = @{
            'ConvertTo-CliXml' = '*'; 'ConvertFrom-CliXml' = '*'; 'ConvertFrom-Json' = 'DateKind'; 'Get-Command' = 'ExcludeModule'
        }
        foreach ($command in $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
            $name = "$($command.GetCommandName())"
            if ($newer.ContainsKey($name)) {
                $newer[$name] | Should -Not -Be '*' -Because "$name came after 7.4"
                @($command.CommandElements.ParameterName) | Should -Not -Contain $newer[$name]
            }
        }
    }

    It 'The manifest asks for 7.4' {
        (Import-PowerShellDataFile (Join-Path $env:HUBCACHE_TEST_MODULE HubCache.psd1)).PowerShellVersion | Should -Be 7.4
    }
}
