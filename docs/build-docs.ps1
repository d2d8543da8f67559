#Requires -Version 7.4
<#
.SYNOPSIS
Makes the help in en-US from the Markdown in docs.
.DESCRIPTION
docs/cmdlets/*.md become en-US/HubCache.PowerShell.dll-Help.xml by PlatyPS, and docs/about/NAME.md becomes
en-US/NAME.help.txt. The same Markdown gives the same files, byte for byte.
#>
[CmdletBinding()]
param(
    # The staged module; its help is brought up to date as well.
    [string] $ModulePath,

    [string] $OutputPath = (Join-Path (Split-Path $PSScriptRoot) 'en-US')
)

$ErrorActionPreference = 'Stop'
$platyPS = @{ ModuleName = 'Microsoft.PowerShell.PlatyPS'; ModuleVersion = '1.0.3' }
$helpFile = 'HubCache.PowerShell.dll-Help.xml'

function ConvertTo-Line {
    param([string] $Paragraph)

    # A list keeps its lines; of any other text the window decides where it breaks.
    $Paragraph -replace '\n(?!- )', ' ' -replace ' {2,}', ' '
}

function ConvertTo-Plain {
    param([string] $Markdown)

    $Markdown -replace '\[([^\]]+)\]\([^)]+\)', '$1' -replace '`([^`]+)`', '$1' -replace '\*\*([^*]+)\*\*', '$1'
}

# PlatyPS puts a whole text into one paragraph, with the line breaks of the Markdown.
function Split-Paragraph {
    param([System.Xml.XmlElement] $Paragraph)

    foreach ($text in $Paragraph.InnerText.Replace("`r", '') -split '\n{2,}') {
        $part = $Paragraph.CloneNode($false)
        $part.InnerText = ConvertTo-Plain (ConvertTo-Line $text.Trim())
        $null = $Paragraph.ParentNode.InsertBefore($part, $Paragraph)
    }
    $null = $Paragraph.ParentNode.RemoveChild($Paragraph)
}

# PlatyPS puts an example's code into its introduction and leaves dev:code empty, where Get-Help looks for it.
function Repair-Example {
    param([System.Xml.XmlElement] $Example, [System.Xml.XmlNamespaceManager] $Names)

    $paragraphs = @($Example.SelectNodes('maml:introduction/maml:para', $Names))
    if ($paragraphs[0].InnerText.Replace("`r", '') -notmatch '(?s)\A```powershell\n(?<code>.+?)\n```\z') {
        throw "An example does not begin with a fenced block of PowerShell: $($Example.title)"
    }

    $Example.SelectSingleNode('dev:code', $Names).InnerText = $Matches.code
    $remarks = $Example.SelectSingleNode('dev:remarks', $Names)
    foreach ($paragraph in $paragraphs) {
        $null = $paragraph.ParentNode.RemoveChild($paragraph)

        # Between two paragraphs PlatyPS sets one with a control character.
        if ($paragraph -ne $paragraphs[0] -and $paragraph.InnerText.Trim([char]0x80, ' ')) {
            $null = $remarks.AppendChild($paragraph)
        }
    }
}

function Add-DefaultValue {
    param([System.Xml.XmlElement] $Parameter, [string] $Value, [System.Xml.XmlNamespaceManager] $Names)

    if ($Value) {
        $default = $Parameter.OwnerDocument.CreateElement('dev', 'defaultValue', $Names.LookupNamespace('dev'))
        $default.InnerText = $Value
        $null = $Parameter.AppendChild($default)
    }
}

function Export-CommandHelp {
    $work = Join-Path ([System.IO.Path]::GetTempPath()) "hubcache-docs-$PID"
    try {
        $commands = @(Get-ChildItem (Join-Path $PSScriptRoot 'cmdlets') -Filter *.md | Sort-Object Name -Culture '' |
                ForEach-Object { Import-MarkdownCommandHelp -LiteralPath $_.FullName })

        # It writes into a subfolder of the name of the module.
        $null = $commands | Export-MamlCommandHelp -OutputFolder $work -Force
        $document = [xml]::new()
        $document.Load((Join-Path $work "HubCache/$helpFile"))
    }
    finally {
        Remove-Item -LiteralPath $work -Recurse -Force -ErrorAction Ignore
    }

    $names = [System.Xml.XmlNamespaceManager]::new($document.NameTable)
    $names.AddNamespace('maml', 'http://schemas.microsoft.com/maml/2004/10')
    $names.AddNamespace('command', 'http://schemas.microsoft.com/maml/dev/command/2004/10')
    $names.AddNamespace('dev', 'http://schemas.microsoft.com/maml/dev/2004/10')
    foreach ($example in $document.SelectNodes('//command:example', $names)) {
        Repair-Example $example $names
    }
    foreach ($paragraph in @($document.SelectNodes('//maml:para', $names))) {
        Split-Paragraph $paragraph
    }
    foreach ($command in $commands) {
        foreach ($parameter in $command.Parameters) {
            $path = "//command:command[command:details/command:name='$($command.Title)']/command:parameters/command:parameter[maml:name='$($parameter.Name)']"
            $element = $document.SelectSingleNode($path, $names)
            if (-not $element) {
                throw "PlatyPS dropped -$($parameter.Name) of $($command.Title): look for a fault in its YAML."
            }
            Add-DefaultValue -Parameter $element -Value $parameter.DefaultValue -Names $names
        }
    }

    # A link to nowhere, unless the project has an address, and links that lead somewhere in the repository only.
    $properties = ([xml](Get-Content -LiteralPath (Join-Path $PSScriptRoot '../Directory.Build.props') -Raw)).Project.PropertyGroup
    $projectUri = "$($properties.ProjectUri)".Trim().TrimEnd('/')
    foreach ($link in @($document.SelectNodes('//maml:navigationLink', $names))) {
        $uri = $link.SelectSingleNode('maml:uri', $names)
        if ($link.SelectSingleNode('maml:linkText', $names).InnerText -eq 'Online Version' -and -not $uri.InnerText) {
            if ($projectUri) {
                $name = $link.SelectSingleNode('ancestor::command:command/command:details/command:name', $names).InnerText
                $uri.InnerText = "$projectUri/blob/main/docs/cmdlets/$name.md"
            }
            else {
                $null = $link.ParentNode.RemoveChild($link)
            }
        }
        elseif ($uri.InnerText -like '*.md') {
            $uri.InnerText = ''
        }
    }
    $document
}

function Write-Xml {
    param([xml] $Document, [string] $Path)

    $settings = [System.Xml.XmlWriterSettings]@{ Indent = $true; NewLineChars = "`n"; Encoding = [System.Text.UTF8Encoding]::new($false) }
    $writer = [System.Xml.XmlWriter]::Create($Path, $settings)
    try {
        $Document.Save($writer)
    }
    finally {
        $writer.Dispose()
    }
    [System.IO.File]::AppendAllText($Path, "`n")
}

function Format-Text {
    param([string] $Text, [int] $Indent, [string] $First = '')

    $line = ' ' * $Indent + $First
    $hasWord = $false
    foreach ($word in $Text -split '\s+') {
        if ($hasWord -and $line.Length + 1 + $word.Length -gt 79) {
            $line
            $line = ' ' * ($Indent + $First.Length)
            $hasWord = $false
        }
        $line += $hasWord ? " $word" : $word
        $hasWord = $true
    }
    $line
}

# The second heading is the short description, which Get-Help reads from the fifth line.
function ConvertTo-AboutText {
    param([string] $Markdown)

    foreach ($block in [regex]::Split($Markdown.Replace("`r", '').Trim(), '\n{2,}(?=(?:[^`]|`(?!``)|```[^`]*```)*\z)')) {
        switch -Regex ($block) {
            '\A# (.+)' { 'TOPIC'; "    $($Matches[1])"; ''; break }
            '\A## (.+)' { $Matches[1].ToUpperInvariant(); break }
            '\A### (.+)' { "  $($Matches[1])"; break }
            '\A```' { $block -split '\n' | Where-Object { $_ -notmatch '^```' } | ForEach-Object { "        $_".TrimEnd() }; ''; break }
            '\A- ' { $block -split '\n(?=- )' | ForEach-Object { Format-Text (ConvertTo-Plain $_.Substring(2)) -Indent 4 -First '- ' }; ''; break }
            default { Format-Text (ConvertTo-Plain $block) -Indent 4; '' }
        }
    }
}

if (-not (Get-Module -ListAvailable -FullyQualifiedName $platyPS)) {
    throw "The help is made by PlatyPS, which is not installed. Install it with: Install-PSResource $($platyPS.ModuleName) -Version $($platyPS.ModuleVersion)"
}
Import-Module -FullyQualifiedName $platyPS
New-Item -ItemType Directory -Path $OutputPath -Force | Out-Null
Write-Xml (Export-CommandHelp) (Join-Path $OutputPath $helpFile)
foreach ($about in Get-ChildItem (Join-Path $PSScriptRoot 'about') -Filter *.md) {
    $text = ConvertTo-AboutText (Get-Content -LiteralPath $about.FullName -Raw)
    [System.IO.File]::WriteAllText((Join-Path $OutputPath "$($about.BaseName).help.txt"), ($text -join "`n").TrimEnd() + "`n")
}

# PlatyPS marks with braces what somebody still has to write.
$unwritten = @(Join-Path $PSScriptRoot '*/*.md'; Join-Path $OutputPath '*') | Select-String -Pattern '{{' -SimpleMatch -List
if ($unwritten) {
    throw "There are texts to be written ('{{') in: $($unwritten.Path -join ', ')"
}

if ($ModulePath) {
    $staged = Join-Path $ModulePath 'en-US'
    New-Item -ItemType Directory -Path $staged -Force | Out-Null
    Copy-Item -Path (Join-Path $OutputPath '*') -Destination $staged
}
"Made $helpFile and the texts about the module in $OutputPath"
