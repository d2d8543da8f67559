# The help says what the code does: Markdown, MAML, cmdlets and manifest name the same things, and the examples run.

BeforeDiscovery {
    $root = Split-Path (Split-Path $PSScriptRoot)
    $cmdlets = @((Get-Item (Join-Path $root 'docs/cmdlets/*.md')).BaseName)
    $topics = @((Get-Item (Join-Path $root 'docs/about/*.md')).BaseName)
    $examples = foreach ($cmdlet in $cmdlets) {
        $markdown = (Get-Content -LiteralPath (Join-Path $root "docs/cmdlets/$cmdlet.md") -Raw).Replace("`r", '')
        foreach ($match in [regex]::Matches($markdown, '(?ms)^### (?<title>Example .+?)\n\n```powershell\n(?<code>.+?)\n```$')) {
            @{ Cmdlet = $cmdlet; Title = $match.Groups['title'].Value; Code = $match.Groups['code'].Value }
        }
    }
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $root = Split-Path (Split-Path $PSScriptRoot)
    $maml = [xml](Get-Content -LiteralPath (Join-Path $root 'en-US/HubCache.PowerShell.dll-Help.xml') -Raw)
    $names = @{
        maml    = 'http://schemas.microsoft.com/maml/2004/10'
        command = 'http://schemas.microsoft.com/maml/dev/command/2004/10'
        dev     = 'http://schemas.microsoft.com/maml/dev/2004/10'
    }

    function Read-Markdown([string] $Cmdlet) {
        (Get-Content -LiteralPath (Join-Path $root "docs/cmdlets/$Cmdlet.md") -Raw).Replace("`r", '')
    }

    # What lies between a heading and the next one of its rank or higher.
    function Get-Section([string] $Markdown, [string] $Heading) {
        $rank = ($Heading -split ' ')[0].Length
        $match = [regex]::Match($Markdown, "(?ms)^$([regex]::Escape($Heading))$\n(?<text>.*?)(?=^#{1,$rank} |\z)")
        $match.Success | Should -BeTrue -Because "there is a section '$Heading'"
        $match.Groups['text'].Value.Trim()
    }

    # The words alone: line breaks and marks differ between the forms.
    function Get-Word([string] $Text) {
        ($Text -replace '\[([^\]]+)\]\([^)]+\)', '$1' -replace '[`*]', '' -replace '(?m)^(#+|-) ', '' -replace '\s+', ' ').Trim()
    }

    function Find-Maml([System.Xml.XmlNode] $Node, [string] $Path) {
        Select-Xml -Xml $Node -XPath $Path -Namespace $names | ForEach-Object Node
    }

    function Get-MamlText([System.Xml.XmlNode] $Node, [string] $Path) {
        Get-Word ((Find-Maml $Node "$Path/maml:para" | ForEach-Object InnerText) -join ' ')
    }

    function Get-CommandMaml([string] $Cmdlet) {
        Find-Maml $maml "//command:command[command:details/command:name='$Cmdlet']"
    }

    function Get-Parameter([string] $Cmdlet) {
        $common = [System.Management.Automation.PSCmdlet]::CommonParameters
        (Get-Command $Cmdlet).Parameters.Values | Where-Object Name -NotIn $common | Sort-Object Name
    }

    # A parameter in one line, so that a difference shows itself whole.
    function Get-Signature([System.Management.Automation.ParameterMetadata] $Parameter) {
        $set = @($Parameter.ParameterSets.Values)[0]
        $type = [Nullable]::GetUnderlyingType($Parameter.ParameterType) ?? $Parameter.ParameterType
        Format-Signature @{
            Name     = $Parameter.Name
            Type     = $type.FullName
            Position = $set.Position -lt 0 ? 'Named' : $set.Position
            Required = $set.IsMandatory
            ByValue  = $set.ValueFromPipeline
            ByName   = $set.ValueFromPipelineByPropertyName
            Wildcard = [bool]($Parameter.Attributes | Where-Object { $_ -is [System.Management.Automation.SupportsWildcardsAttribute] })
            Aliases  = $Parameter.Aliases -join ','
            Values   = ($type.IsEnum ? [Enum]::GetNames($type) : @()) -join ','
        }
    }

    function Format-Signature([hashtable] $Of) {
        ($Of.Keys | Sort-Object | ForEach-Object { "$_=$($Of[$_])" }) -join ' '
    }

    function Get-MarkdownSignature([string] $Name, [string] $Section) {
        $yaml = [regex]::Match($Section, '(?s)```yaml\n(.*?)```').Groups[1].Value
        $one = { param($key) [regex]::Match($yaml, "(?m)^[- ]*$($key): (.*)$").Groups[1].Value.Trim() }
        $list = { param($key) ([regex]::Match($yaml, "(?m)^$($key):\n((?:- .*\n)*)").Groups[1].Value.Trim() -replace '(?m)^- ', '') -replace '\n', ',' }
        Format-Signature @{
            Name     = $Name
            Type     = & $one Type
            Position = & $one Position
            Required = (& $one IsRequired) -eq 'true'
            ByValue  = (& $one ValueFromPipeline) -eq 'true'
            ByName   = (& $one ValueFromPipelineByPropertyName) -eq 'true'
            Wildcard = (& $one SupportsWildcards) -eq 'true'
            Aliases  = & $list Aliases
            Values   = & $list AcceptedValues
        }
    }

    function Get-MamlSignature([System.Xml.XmlElement] $Parameter) {
        Format-Signature @{
            Name     = (Find-Maml $Parameter 'maml:name').InnerText
            Type     = (Find-Maml $Parameter 'dev:type/maml:name').InnerText
            Position = $Parameter.position
            Required = $Parameter.required -eq 'true'
            ByValue  = $Parameter.pipelineInput -like '*ByValue*'
            ByName   = $Parameter.pipelineInput -like '*ByPropertyName*'
            Wildcard = $Parameter.globbing -eq 'true'
            Aliases  = $Parameter.aliases -eq 'none' ? '' : ($Parameter.aliases -replace ', ', ',')
            Values   = @(Find-Maml $Parameter 'command:parameterValueGroup/command:parameterValue' | ForEach-Object InnerText) -join ','
        }
    }
}

Describe 'What is documented' {
    It 'is every cmdlet of the manifest, and no other' {
        $manifest = Import-PowerShellDataFile -LiteralPath (Join-Path $root 'HubCache.psd1')
        $expected = $manifest.CmdletsToExport | Sort-Object
        (Get-Item (Join-Path $root 'docs/cmdlets/*.md')).BaseName | Sort-Object | Should -Be $expected
        Find-Maml $maml '//command:details/command:name' | ForEach-Object InnerText | Sort-Object | Should -Be $expected
        (Get-Command -Module HubCache).Name | Sort-Object | Should -Be $expected
    }

    It 'has no gap left to be filled' {
        Get-Item (Join-Path $root 'docs/*/*.md'), (Join-Path $root 'en-US/*') | Select-String -SimpleMatch '{{' | Should -BeNullOrEmpty
    }

    It 'names no error id that the engine does not have, and explains each that it has' {
        $codes = [Enum]::GetNames([HubCache.HubErrorCode])
        $about = Get-Content -LiteralPath (Join-Path $root 'docs/about/about_HubCache.md') -Raw
        [regex]::Matches((Get-Section $about '## Errors'), '(?m)^- .+?:|\. `\w+`:') | ForEach-Object { [regex]::Matches($_.Value, '`(\w+)`') } |
            ForEach-Object { $_.Groups[1].Value } | Sort-Object | Should -Be ($codes | Sort-Object)
        $notes = (Get-Item (Join-Path $root 'docs/cmdlets/*.md')).BaseName | ForEach-Object { Get-Section (Read-Markdown $_) '## NOTES' }
        [regex]::Matches($notes -join "`n", '`([A-Z]\w+)`') | ForEach-Object { $_.Groups[1].Value } | Where-Object { $_ -cne 'FullyQualifiedErrorId' } |
            Should -BeIn $codes
    }

    It 'is in the text <_> as it is in its Markdown' -ForEach $topics {
        $markdown = Get-Content -LiteralPath (Join-Path $root "docs/about/$_.md") -Raw
        $text = Get-Content -LiteralPath (Join-Path $root "en-US/$_.help.txt") -Raw
        $words = Get-Word (($markdown -replace '(?m)^```\w*$', '') -replace '(?m)^ *(#+|-) ', '')
        Get-Word (($text -replace '\ATOPIC', '') -replace '(?m)^ *- ', ' ') | Should -Be $words
    }

    It 'has a text for each help file, and no other' {
        $written = (Get-Item (Join-Path $root 'docs/about/*.md')).BaseName | ForEach-Object { "$_.help.txt" } | Sort-Object
        (Get-Item (Join-Path $root 'en-US/about_*')).Name | Sort-Object | Should -Be $written
    }

    It 'names every cmdlet in the text about the module' {
        $about = Get-Content -LiteralPath (Join-Path $root 'docs/about/about_HubCache.md') -Raw
        foreach ($name in (Get-Command -Module HubCache).Name) {
            $about | Should -Match "(?m)``$name``" -Because 'it says what each is for'
            (Get-Section $about '## See also') | Should -Match "(?m)\b$name(,|$)"
        }
    }

    It 'is what Microsoft.PowerShell.PlatyPS 1.0.3 makes of the Markdown, byte for byte' {
        if (-not (Get-Module -ListAvailable Microsoft.PowerShell.PlatyPS | Where-Object Version -EQ 1.0.3)) {
            Set-ItResult -Skipped -Because 'it is not installed: Install-PSResource Microsoft.PowerShell.PlatyPS -Version 1.0.3'
        }
        $made = Join-Path $TestDrive 'en-US'
        & (Join-Path $PSHOME 'pwsh') -NoProfile -File (Join-Path $root 'docs/build-docs.ps1') -OutputPath $made | Out-Null
        $LASTEXITCODE | Should -Be 0
        foreach ($file in Get-ChildItem -LiteralPath $made) {
            $committed = (Get-Content -LiteralPath (Join-Path $root "en-US/$($file.Name)") -Raw).Replace("`r", '')
            (Get-Content -LiteralPath $file -Raw) -ceq $committed | Should -BeTrue -Because "$($file.Name) is made anew by build.ps1 -Task Docs"
        }
    }

    It 'says plainly when PlatyPS is missing' {
        $script = "`$env:PSModulePath = ''; function Get-Module { }; & '$(Join-Path $root 'docs/build-docs.ps1')' -OutputPath '$(Join-Path $TestDrive 'none')'"
        $said = & (Join-Path $PSHOME 'pwsh') -NoProfile -Command $script 2>&1 | Out-String -Width 200
        $LASTEXITCODE | Should -Not -Be 0
        $said | Should -BeLike '*PlatyPS*not installed*Install-PSResource*'
    }
}

Describe 'The help of <_>' -ForEach $cmdlets {
    BeforeAll {
        $cmdlet = $_
        $markdown = Read-Markdown $cmdlet
        $help = Get-CommandMaml $cmdlet
    }

    It 'has the syntax of the cmdlet' {
        $syntax = [regex]::Matches((Get-Section $markdown '## SYNTAX'), '(?s)```\n(.*?)\n```').ForEach({ $_.Groups[1].Value }) -join ' '
        ($syntax -replace '\s+', ' ').Trim() | Should -Be ((Get-Command $cmdlet -Syntax) -replace '\s+', ' ').Trim()
    }

    It 'has the parameters of the cmdlet, in Markdown' {
        $written = [regex]::Matches((Get-Section $markdown '## PARAMETERS'), '(?m)^### -(\w+)$') | ForEach-Object { $_.Groups[1].Value } |
            ForEach-Object { Get-MarkdownSignature $_ (Get-Section $markdown "### -$_") }
        $written | Should -Be (Get-Parameter $cmdlet | ForEach-Object { Get-Signature $_ })
    }

    It 'has the parameters of the cmdlet, in MAML' {
        $written = Find-Maml $help 'command:parameters/command:parameter' | ForEach-Object { Get-MamlSignature $_ } | Sort-Object
        $written | Should -Be (Get-Parameter $cmdlet | ForEach-Object { Get-Signature $_ } | Sort-Object)
    }

    It 'says in MAML what it says in Markdown' {
        Get-MamlText $help 'command:details/maml:description' | Should -Be (Get-Word (Get-Section $markdown '## SYNOPSIS'))
        Get-MamlText $help 'maml:description' | Should -Be (Get-Word (Get-Section $markdown '## DESCRIPTION'))
        Get-MamlText $help 'maml:alertSet/maml:alert' | Should -Be (Get-Word (Get-Section $markdown '## NOTES'))
        foreach ($parameter in Find-Maml $help 'command:parameters/command:parameter') {
            $name = (Find-Maml $parameter 'maml:name').InnerText
            $text = Get-Word ((Get-Section $markdown "### -$name") -replace '(?s)```yaml.*', '')
            $text | Should -Not -BeNullOrEmpty
            Get-MamlText $parameter 'maml:description' | Should -Be $text -Because "it is -$name"
        }
    }

    It 'names the output of the cmdlet' {
        $types = (Get-Command $cmdlet).OutputType.Name
        Find-Maml $help 'command:returnValues/command:returnValue/dev:type/maml:name' | ForEach-Object InnerText | Should -Be $types
        foreach ($type in $types) {
            $text = Get-Section $markdown "### $type"
            $properties = ([type]$type).GetProperties().Name + 'PSPath'
            foreach ($named in [regex]::Matches($text, '`([A-Z]\w+)` (?:is|says|holds|lets|counts)')) {
                $named.Groups[1].Value | Should -BeIn $properties
            }
        }
    }

    It 'has the examples of the Markdown as code' {
        $codes = [regex]::Matches((Get-Section $markdown '## EXAMPLES'), '(?s)```powershell\n(.+?)\n```') | ForEach-Object { $_.Groups[1].Value }
        @($codes).Count | Should -BeGreaterOrEqual 3
        Find-Maml $help 'command:examples/command:example/dev:code' | ForEach-Object { $_.InnerText.Replace("`r", '') } | Should -Be $codes
    }

    It 'is what Get-Help shows' {
        $full = Get-Help $cmdlet -Full | Out-String -Width 4000
        $full | Should -BeLike "*$(Get-Section $markdown '## SYNOPSIS')*"
        $full | Should -Match '(?m)^PARAMETERS'
        $shown = Get-Help $cmdlet -Examples | Out-String -Width 4000
        foreach ($code in Find-Maml $help 'command:examples/command:example/dev:code') {
            foreach ($line in $code.InnerText -split '\r?\n') {
                $shown.Contains($line.Trim()) | Should -BeTrue -Because "it shows: $line"
            }
        }
        foreach ($parameter in Get-Parameter $cmdlet) {
            (Get-Help $cmdlet -Parameter $parameter.Name).description.Text | Should -Not -BeNullOrEmpty
        }
    }
}

Describe 'Get-Help about_HubCache' {
    It 'shows the text about the module' {
        Get-Help about_HubCache | Out-String | Should -BeLike '*about_HubCache*A REVISION THAT STAYS*OfflineNotCached*'
        (Get-Help about_HubCac* | Where-Object Name -EQ about_HubCache).Synopsis | Should -Be 'Brings files from the Hugging Face Hub safely into the standard hub cache.'
    }

    It 'shows <Name>' -ForEach @(
        @{ Name = 'about_HubCache_Provisioning'; Like = '*EXIT CODES*AZURE CUSTOM SCRIPT EXTENSION*CLOUD-INIT AND EC2 USER DATA*PROXIES*MIRRORS*' }
        @{ Name = 'about_HubCache_Networks'; Like = '*HOSTS TO OPEN*PROXIES*CERTIFICATES*RATE LIMITS*MIRRORS*' }
        @{ Name = 'about_HubCache_SharedCaches'; Like = '*GROUPS AND PERMISSIONS*LUSTRE, GPFS AND NFS*CONTAINERS*CLEANING UP*' }
    ) {
        Get-Help $Name | Out-String | Should -BeLike $Like
        (Get-Help "$Name*").Synopsis | Should -Not -BeNullOrEmpty
    }
}

# They are run as people type them; only the commit, which the Hub of the tests cannot have, is put in.
Describe 'The examples' {
    BeforeAll {
        $null = Add-FakeRepo openai-community/gpt2 @(@{ path = 'config.json'; text = '{ "model_type": "gpt2" }' }, @{ path = 'model.safetensors'; size = 2000000 })
        $null = Add-FakeRepo BAAI/bge-small-en-v1.5 @{ path = 'model.safetensors'; size = 1000000; seed = 2 }
        $null = Add-FakeRepo stanfordnlp/imdb @{ path = 'README.md'; text = '# imdb' } -Type dataset
        $commit = (Save-HubFile openai-community/gpt2 config.json -CachePath (Join-Path $TestDrive 'ask')).CommitHash
        $said = @{
            'Save-HubFile 1'         = { $args.model_type | Should -Be gpt2 }
            'Save-HubFile 2'         = { $args.FileName | Should -Be config.json, model.safetensors; Test-Path ./models/models--openai-community--gpt2/snapshots/$commit | Should -BeTrue }
            'Save-HubFile 3'         = { $args.RepoId | Should -Be openai-community/gpt2, BAAI/bge-small-en-v1.5, stanfordnlp/imdb }
            'Save-HubFile 4'         = { $args | Should -BeNullOrEmpty }
            'Save-HubFile 5'         = { $args | Should -Be 'HubFileNotFound,HubCache.PowerShell.SaveHubFileCommand', config.json }
            'Save-HubFile 6'         = { $args | Should -Be $true }
            'Save-HubFile 7'         = { $args.FullName | Should -Be (Join-Path $work gpt2/config.json), (Join-Path $work gpt2/model.safetensors) }
            'Save-HubFile 8'         = { $args.FileName | Should -Be model.safetensors }
            'Save-HubFile 9'         = { $args.FileName | Should -Be config.json, model.safetensors }
            'Save-HubFile 10'        = { $args | Should -Be '*.gguf' }
            'Find-HubFile 1'         = { $args.FileName | Should -Be config.json, model.safetensors; $args.IsCached | Should -Be $true, $false }
            'Find-HubFile 2'         = { $args | Should -Be 2000000 }
            'Find-HubFile 3'         = { $args.FileName | Should -Be config.json; $args.CommitHash | Should -Be $commit }
            'Find-HubFile 4'         = { $args | Should -BeNullOrEmpty }
            'Save-HubFile 11'        = { $args[1..2] | Should -Be GitSha1, Sha256; Test-Path ./models/models--openai-community--gpt2/snapshots/$commit | Should -BeTrue }
            'Save-HubFile 12'        = { (Get-Content ./download.json | ConvertFrom-Json).FileName | Should -Be config.json, model.safetensors; $args.Source | Should -Be Downloaded, Downloaded }
            'Save-HubFile 13'        = { $args.FileName | Should -Be model.safetensors }
            'Export-HubCache 1'      = { $args.FullName | Should -Be (Join-Path $work gpt2.tar); $args.FullName | Should -Exist }
            'Export-HubCache 2'      = { $args.RepoId | Should -Be openai-community/gpt2; $args.FullName | Should -Exist }
            'Export-HubCache 3'      = { $args[1].FileName | Should -Be config.json; Test-Path ./models/models--openai-community--gpt2/snapshots/$commit | Should -BeTrue }
            'Export-HubCache 4'      = { $args.FileCount | Should -Be 2; (Get-Content ./hubcache.lock.json -Raw | ConvertFrom-Json).repos.files.path | Should -Be config.json, model.safetensors }
            'Export-HubCache 5'      = { $args | Should -BeNullOrEmpty; './gpt2.tar' | Should -Not -Exist }
            'Import-HubCache 1'      = { $args.RepoId | Should -Be openai-community/gpt2; $args.FullName | Should -Exist }
            'Import-HubCache 2'      = { $args | Should -BeNullOrEmpty; $env:HF_HUB_CACHE | Should -Not -Exist }
            'Import-HubCache 3'      = { $args | Should -Not -BeNullOrEmpty; Test-Path ./models/models--openai-community--gpt2/snapshots/$commit | Should -BeTrue }
            'Import-HubCache 4'      = { $args -join "`n" | Should -BeLike '*gpt2*' }
            'Get-HubCache 1'         = { $args.RepoId | Should -Be openai-community/gpt2 }
            'Get-HubCache 2'         = { $args.RepoId | Should -Be openai-community/gpt2 }
            'Get-HubCache 3'         = { $args | Should -Not -BeNullOrEmpty }
            'Get-HubCache 4'         = { $args | Should -Not -BeNullOrEmpty }
            'Get-HubCache 5'         = { $args.RepoId | Should -Be openai-community/gpt2; $args.Refs | Should -Be main }
            'Get-HubFile 1'          = { $args.model_type | Should -Be gpt2 }
            'Get-HubFile 2'          = { $args | Should -Be (Get-HubFile openai-community/gpt2 config.json).FullName }
            'Get-HubFile 3'          = { $args.Algorithm | Should -Be SHA256 }
            'Get-HubFile 4'          = { $args | Should -Be 'NotCached,HubCache.PowerShell.GetHubFileCommand' }
            'Get-HubFile 5'          = { $args.Sum | Should -BeGreaterThan 0 }
            'Get-HubFile 6'          = { $args | Should -Be (Split-Path (Get-HubFile openai-community/gpt2 config.json).FullName) }
            'Get-HubIncomplete 1'    = { $args.State | Sort-Object | Should -Be Dead, Unknown }
            'Get-HubIncomplete 2'    = { $args.Sum | Should -Be 7 }
            'Get-HubIncomplete 3'    = { $args | Should -Not -BeNullOrEmpty }
            'Remove-HubCache 1'      = { $args | Should -BeNullOrEmpty; Test-Path -LiteralPath $file.FullName | Should -BeTrue }
            'Remove-HubCache 2'      = { $args | Should -BeNullOrEmpty; Test-Path -LiteralPath $file.FullName | Should -BeTrue }
            'Remove-HubCache 3'      = { $args | Should -BeNullOrEmpty; Test-Path -LiteralPath $file.FullName | Should -BeTrue }
            'Remove-HubCache 4'      = { $args | Should -BeNullOrEmpty; Test-Path -LiteralPath $file.FullName | Should -BeTrue }
            'Remove-HubCache 5'      = { $args | Should -BeNullOrEmpty; Test-Path -LiteralPath $file.FullName | Should -BeTrue }
            'Remove-HubCache 6'      = { $args.Count | Should -BeLessThan 2; Test-Path -LiteralPath $file.FullName | Should -BeTrue }
            'Remove-HubIncomplete 1' = { Test-Path -LiteralPath $dead | Should -BeTrue }
            'Remove-HubIncomplete 2' = { $args | Should -Not -BeNullOrEmpty; Test-Path -LiteralPath $dead, $young | Should -Be $false, $true }
            'Remove-HubIncomplete 3' = { Test-Path -LiteralPath $dead, $young | Should -Be $false, $true }
            'Remove-HubIncomplete 4' = { $args | Should -BeNullOrEmpty }
            'Test-HubCacheFileSystem 1' = { $args.Check | Should -Contain 'RenameIsAtomic'; $args[0].CachePath | Should -Be $env:HF_HUB_CACHE }
            'Test-HubCacheFileSystem 2' = { $args.Severity | Should -Not -Contain 'Information' }
            'Test-HubCacheFileSystem 3' = { $args | Should -Be 'Yes' }
            'Test-HubCacheFileSystem 4' = { (Get-Content -LiteralPath ./file-system.json -Raw | ConvertFrom-Json).Check | Should -Contain 'ClockAgrees' }
            'Test-HubCache 1'        = { $args | Should -Be $false }
            'Test-HubCache 2'        = { $args | Should -BeNullOrEmpty }
            'Test-HubCache 3'        = { $args.Kind | Should -Contain DanglingLink }
            'Test-HubCache 4'        = { $args.Result | Should -Be Repaired; Test-HubCache -Revision main -Quiet | Should -BeTrue }
            'Test-HubCache 5'        = { $args.Name | Should -Be DanglingLink }
            'Test-HubCache 6'        = { $args | Should -Be $true }
            'Repair-HubCache 1'      = { $args.Action | Should -Contain Fetched; Test-HubCache -Quiet | Should -BeTrue }
            'Repair-HubCache 2'      = { $args | Should -BeNullOrEmpty; Test-HubCache -Quiet | Should -BeFalse }
            'Repair-HubCache 3'      = { $args | Should -BeNullOrEmpty }
            'Repair-HubCache 4'      = { $args | Should -Not -BeNullOrEmpty; Get-Content -LiteralPath $file.FullName | Should -BeLike '*gpt2*' }
            'Repair-HubCache 5'      = { $args.Action | Should -Contain Fetched; Test-HubCache -Quiet | Should -BeTrue }
        }
    }

    BeforeEach {
        $work = Join-Path $TestDrive ([guid]::NewGuid())
        New-Item -ItemType Directory -Path $work | Out-Null
        Push-Location -LiteralPath $work
        $env:HF_HUB_CACHE = Join-Path $work 'hub'
        if ($Cmdlet -ne 'Save-HubFile') {
            # A cache with a file, a broken link, a leftover that is dead, and one of another client.
            $file = Save-HubFile openai-community/gpt2 config.json
            $blobs = Split-Path $file.BlobPath
            $dead = Join-Path $blobs "$($file.ETag).free-0123abcd.incomplete"
            $young = Join-Path $blobs "$($file.ETag).incomplete"
            if ($Cmdlet -eq 'Test-HubCache') {
                $null = Save-HubFile openai-community/gpt2 config.json, model.safetensors -CachePath ./models | Export-HubCache -CachePath ./models -LockFile ./hubcache.lock.json
            }
            Set-Content -LiteralPath $dead -Value '1234567' -NoNewline
            Set-Content -LiteralPath $young -Value '123' -NoNewline
            if ($Cmdlet -eq 'Repair-HubCache') {
                [System.IO.File]::WriteAllText($file.BlobPath, 'spoilt')
            }
            if ($Cmdlet -notlike '*port-HubCache') {
                New-Item -ItemType SymbolicLink -Path (Join-Path (Split-Path $file.FullName) 'broken.bin') -Target ../../blobs/none -Force | Out-Null
            }
        }
        if ($Cmdlet -eq 'Import-HubCache') {
            $null = Export-HubCache openai-community/gpt2 -Path gpt2.tar
            Remove-Item -LiteralPath $env:HF_HUB_CACHE -Recurse -Force
        }
    }

    AfterEach {
        Pop-Location
        Remove-Item Env:HF_HUB_CACHE
    }

    It '<Cmdlet>, <Title>' -ForEach $examples {
        $code = $Code -replace '\b[0-9a-f]{40}\b', $commit
        $output = @(& ([scriptblock]::Create("`$ErrorActionPreference = 'Stop'; $code")))
        $check = $said["$Cmdlet $([regex]::Match($Title, '\d+').Value)"]
        $check | Should -Not -BeNullOrEmpty -Because 'every example is checked'
        & $check @output
    }
}
