#Requires -Version 7.4
<#
.SYNOPSIS
Builds, tests and packs the module.
.DESCRIPTION
Build stages the module in out/HubCache. The other tasks build first, unless -NoBuild says that it is staged already.
#>
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSReviewUnusedParameter', 'Configuration', Justification = 'The functions read it.')]
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Docs', 'Demo', 'Pack')]
    [string] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release',

    [switch] $NoBuild
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

$out = Join-Path $PSScriptRoot 'out'
$module = Join-Path $out 'HubCache'
$pwsh = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')

function Invoke-Build {
    $publish = Join-Path $out 'publish'
    $publish, $module | Where-Object { Test-Path -LiteralPath $_ } | Remove-Item -Recurse -Force
    dotnet publish (Join-Path $PSScriptRoot 'src/HubCache.PowerShell') --configuration $Configuration --output $publish --verbosity quiet --nologo

    # What goes into the module is said here, file by file; a DLL that nobody expected fails the build.
    $files = [ordered]@{
        'HubCache.psd1'           = Join-Path $PSScriptRoot 'HubCache.psd1'
        'LICENSE'                 = Join-Path $PSScriptRoot 'LICENSE'
        'THIRD-PARTY-NOTICES.txt' = Join-Path $PSScriptRoot 'THIRD-PARTY-NOTICES.txt'
        'HubCache.dll'            = Join-Path $publish 'HubCache.dll'
        'HubCache.PowerShell.dll' = Join-Path $publish 'HubCache.PowerShell.dll'
        'lib/HubCache.Retry.dll'  = Join-Path $publish 'HubCache.Retry.dll'
        'lib/Polly.Core.dll'      = Join-Path $publish 'Polly.Core.dll'
        'lib/HubCache.Codecs.dll' = Join-Path $publish 'HubCache.Codecs.dll'
        'lib/K4os.Compression.LZ4.dll' = Join-Path $publish 'K4os.Compression.LZ4.dll'
        'lib/Blake3.dll'          = Join-Path $publish 'Blake3.dll'
        'HubCache.Format.ps1xml'  = Join-Path $PSScriptRoot 'src/HubCache.PowerShell/Formatting/HubCache.Format.ps1xml'
        'HubCache.Types.ps1xml'   = Join-Path $PSScriptRoot 'src/HubCache.PowerShell/Formatting/HubCache.Types.ps1xml'
    }
    foreach ($dsc in 'hubcache.snapshot.dsc.resource.json', 'hubcache.snapshot.ps1') {
        $files[$dsc] = Join-Path $PSScriptRoot "src/HubCache.PowerShell/Dsc/$dsc"
    }
    foreach ($help in Get-ChildItem -Path (Join-Path $PSScriptRoot 'en-US') -File -ErrorAction Ignore) {
        $files["en-US/$($help.Name)"] = $help.FullName
    }

    $expected = $files.Keys -like '*.dll' | Split-Path -Leaf
    $built = (Get-ChildItem -LiteralPath $publish -Filter *.dll -Recurse).Name
    if ($difference = Compare-Object $expected $built) {
        throw "The build's DLLs are not those of the module: $($difference | ForEach-Object { "$($_.InputObject) $($_.SideIndicator)" })"
    }

    foreach ($target in $files.Keys) {
        $path = Join-Path $module $target
        New-Item -ItemType Directory -Path (Split-Path $path) -Force | Out-Null
        Copy-Item -LiteralPath $files[$target] -Destination $path
    }

    "Staged $($files.Count) files in $module"
}

function Invoke-Test {
    $results = Join-Path $out 'TestResults'
    if (Test-Path -LiteralPath $results) {
        Remove-Item -LiteralPath $results -Recurse -Force
    }

    # Both suites run to their end, whatever becomes of the first.
    $PSNativeCommandUseErrorActionPreference = $false
    $solution = Join-Path $PSScriptRoot 'HubCache.slnx'
    # dotnet test builds only what it tests: a sample that does not compile would go unnoticed.
    dotnet build $solution --configuration $Configuration --verbosity quiet --nologo
    $isFailed = $LASTEXITCODE -ne 0
    dotnet test $solution --no-build --configuration $Configuration --logger trx --results-directory $results --verbosity quiet --nologo
    $isFailed = $isFailed -or $LASTEXITCODE -ne 0
    & $pwsh -NoProfile -File (Join-Path $PSScriptRoot 'tests/Pester/Run.ps1') -ModulePath $module -Configuration $Configuration -ResultPath (Join-Path $results 'pester.json')
    $isFailed = $isFailed -or $LASTEXITCODE -ne 0

    $passed = $failed = $skipped = 0
    foreach ($trx in Get-ChildItem -LiteralPath $results -Filter *.trx -ErrorAction Ignore) {
        $counters = ([xml](Get-Content -LiteralPath $trx -Raw)).TestRun.ResultSummary.Counters
        $passed += [int]$counters.passed
        $failed += [int]$counters.executed - [int]$counters.passed
        $skipped += [int]$counters.total - [int]$counters.executed
    }
    $pester = Get-Content -LiteralPath (Join-Path $results 'pester.json') -Raw -ErrorAction Ignore | ConvertFrom-Json
    $passed += $pester.Passed
    $failed += $pester.Failed
    $skipped += $pester.Skipped

    # A suite that did not get as far as counting has failed too.
    if ($isFailed -and $failed -eq 0) {
        $failed = 1
    }
    "$passed passed, $failed failed, $skipped skipped"
    $script:exitCode = [int]($failed -gt 0)
}

function Invoke-Docs {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseSingularNouns', '', Justification = 'It is named as its task.')]
    param()

    & (Join-Path $PSScriptRoot 'docs/build-docs.ps1') -ModulePath $module
}

function Invoke-Demo {
    & (Join-Path $PSScriptRoot 'samples/demo.ps1') -ModulePath $module -Configuration $Configuration
}

function Invoke-Pack {
    $manifest = Import-PowerShellDataFile -LiteralPath (Join-Path $module 'HubCache.psd1')
    $data = $manifest.PrivateData.PSData
    $escape = { [System.Security.SecurityElement]::Escape($args[0]) }
    $version = $data.Prerelease ? "$($manifest.ModuleVersion)-$($data.Prerelease)" : $manifest.ModuleVersion

    # By these a gallery finds the module that has a cmdlet.
    $cmdlets = $manifest.CmdletsToExport | ForEach-Object { "PSCmdlet_$_"; "PSCommand_$_" }
    $tags = @('PSModule') + $data.Tags + 'PSIncludes_Cmdlet' + $cmdlets

    # An address that the manifest does not give is left out, not made up.
    $address = $data.ProjectUri ? "`n    <projectUrl>$(& $escape $data.ProjectUri)</projectUrl>" : ''
    if ($manifest.RequiredModules) {
        throw 'The module requires others, and the package would not say so.'
    }

    # A package is a zip with a nuspec, a list of content types, and a relation that points at the nuspec.
    $extensions = @(Get-ChildItem -LiteralPath $module -Recurse -File | ForEach-Object Extension | Where-Object { $_ } | ForEach-Object { $_.TrimStart('.').ToLowerInvariant() }) + 'nuspec' + 'md' | Sort-Object -Unique
    $parts = [ordered]@{
        'HubCache.nuspec'     = @"
<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
  <metadata>
    <id>HubCache</id>
    <version>$version</version>
    <authors>$(& $escape $manifest.Author)</authors>
    <owners>$(& $escape $manifest.CompanyName)</owners>
    <requireLicenseAcceptance>false</requireLicenseAcceptance>
    <license type="expression">MIT</license>$address
    <readme>README.md</readme>
    <description>$(& $escape $manifest.Description)</description>
    <releaseNotes>$(& $escape $data.ReleaseNotes)</releaseNotes>
    <copyright>$(& $escape $manifest.Copyright)</copyright>
    <tags>$($tags -join ' ')</tags>
  </metadata>
</package>
"@
        '[Content_Types].xml' = @"
<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
  <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" />
$($extensions | ForEach-Object { "  <Default Extension=""$_"" ContentType=""application/octet"" />`n" })  <Override PartName="/LICENSE" ContentType="application/octet" />
</Types>
"@
        '_rels/.rels'         = @'
<?xml version="1.0" encoding="utf-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
  <Relationship Id="manifest" Type="http://schemas.microsoft.com/packaging/2010/07/manifest" Target="/HubCache.nuspec" />
</Relationships>
'@
        'README.md'           = Get-Content -LiteralPath (Join-Path $PSScriptRoot 'README.md') -Raw
    }

    $package = Join-Path $out "HubCache.$version.nupkg"
    Remove-Item -LiteralPath $package -ErrorAction Ignore
    [System.IO.Compression.ZipFile]::CreateFromDirectory($module, $package)
    $zip = [System.IO.Compression.ZipFile]::Open($package, 'Update')
    try {
        foreach ($name in $parts.Keys) {
            $writer = [System.IO.StreamWriter]::new($zip.CreateEntry($name).Open())
            $writer.Write($parts[$name])
            $writer.Dispose()
        }
    }
    finally {
        $zip.Dispose()
    }
    $package
}

$exitCode = 0
if (-not $NoBuild) {
    Invoke-Build
}
if ($Task -ne 'Build') {
    & "Invoke-$Task"
}
exit $exitCode
