BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $null = Add-FakeRepo ids/model @(@{ path = 'config.json'; text = '{}' }, @{ path = 'sub/a b.txt'; text = 'a' }, @{ path = 'sub/c[1].txt'; text = 'c' })
    $null = Add-FakeRepo ids/data @{ path = 'a.csv'; text = 'a,b' } -Type dataset
    $cache = Join-Path $TestDrive 'cache'
    $hub = $env:HF_ENDPOINT
}

Describe 'Save-HubFile, given <Given>' -ForEach @(
    @{ Given = 'datasets/ids/data'; Id = 'ids/data'; Type = 'Dataset'; Files = 'a.csv' }
    @{ Given = 'https://huggingface.co/datasets/ids/data/blob/main/a.csv'; Id = 'ids/data'; Type = 'Dataset'; Files = 'a.csv' }
    @{ Given = 'HUB/datasets/ids/data/resolve/main/a.csv?download=true'; Id = 'ids/data'; Type = 'Dataset'; Files = 'a.csv' }
    @{ Given = 'HUB/ids/model/blob/main/config.json#L10'; Id = 'ids/model'; Type = 'Model'; Files = 'config.json' }
    @{ Given = 'HUB/ids/model/raw/main/sub/a%20b.txt'; Id = 'ids/model'; Type = 'Model'; Files = 'sub/a b.txt' }
    @{ Given = 'HUB/ids/model/tree/main/sub'; Id = 'ids/model'; Type = 'Model'; Files = 'sub/a b.txt', 'sub/c[1].txt' }
    @{ Given = 'hf://ids/model@main/sub/'; Id = 'ids/model'; Type = 'Model'; Files = 'sub/a b.txt', 'sub/c[1].txt' }
    @{ Given = 'hf://datasets/ids/data@main/a.csv'; Id = 'ids/data'; Type = 'Dataset'; Files = 'a.csv' }
    @{ Given = 'hf://ids/model/sub/c[1].txt'; Id = 'ids/model'; Type = 'Model'; Files = 'sub/c[1].txt' }
    @{ Given = 'models/ids/model'; Id = 'ids/model'; Type = 'Model'; Files = 'config.json', 'sub/a b.txt', 'sub/c[1].txt' }
) {
    It 'saves <Files>, by position, from the pipeline and as a uri' {
        $text = $Given.Replace('HUB', $hub)
        $ways = { Save-HubFile $text -CachePath $cache }, { $text | Save-HubFile -CachePath $cache }, { [pscustomobject]@{ RepoId = $text } | Save-HubFile -CachePath $cache }
        if ($text -match '://') {
            $ways += { [uri]$text | Save-HubFile -CachePath $cache }, { Get-HubFile ([uri]$text) -CachePath $cache }
        }
        foreach ($way in $ways) {
            $saved = & $way
            $saved.FileName | Should -Be $Files
            $saved.RepoId | Select-Object -Unique | Should -Be $Id
            $saved.RepoType | Select-Object -Unique | Should -Be $Type
            $saved.Revision | Select-Object -Unique | Should -Be main
        }
    }
}

Describe 'A part that is given twice' {
    It 'is an error when <Arguments> differ, and names both' -ForEach @(
        @{ Arguments = 'datasets/ids/data -RepoType Model'; Both = '*Model*Dataset*' }
        @{ Arguments = '"hf://ids/model@main/config.json" -RepoType Dataset'; Both = '*Dataset*Model*' }
        @{ Arguments = '"HUB/ids/model/blob/main/config.json" -Revision dev'; Both = '*dev*main*' }
        @{ Arguments = '"HUB/ids/model/blob/main/config.json" -FileName other.json'; Both = '*other.json*config.json*' }
        @{ Arguments = '"hf://ids/model@0123456789abcdef0123456789abcdef01234567" -CommitHash 1111111111111111111111111111111111111111'; Both = '*1111111*0123456*' }
    ) {
        foreach ($command in 'Save-HubFile', 'Find-HubFile', 'Get-HubFile') {
            $fault = Get-ErrorOf ([scriptblock]::Create("$command $($Arguments.Replace('HUB', $hub)) -CachePath '$cache'"))
            $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
            $fault.Exception.Message | Should -BeLike $Both
        }
    }

    It 'is fine when it is the same' {
        $same = @{ RepoType = 'Model'; Revision = 'main'; FileName = 'config.json'; CachePath = $cache }
        (Save-HubFile "$hub/ids/model/blob/main/config.json" @same).FileName | Should -Be config.json
        (Get-HubFile hf://ids/model@main/config.json @same).FileName | Should -Be config.json
    }

    It 'is that of each record alone' {
        $records = [pscustomobject]@{ RepoId = 'ids/model'; RepoType = 'Model' }, 'datasets/ids/data', [pscustomobject]@{ RepoId = 'ids/data'; RepoType = 'Dataset' }, 'hf://ids/model/config.json'
        $faults = @()
        $saved = $records | Save-HubFile -CachePath $cache -ErrorVariable faults -ErrorAction SilentlyContinue
        $faults | Should -BeNullOrEmpty
        $saved.Count | Should -Be 5
        (Get-HubFile datasets/ids/data -CachePath $cache -ErrorAction Stop).RepoId | Should -Be ids/data
        (Get-ErrorOf { 'datasets/ids/data' | Get-HubFile -RepoType Model -CachePath $cache }).FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
    }
}

Describe 'The other cmdlets' {
    BeforeAll {
        $null = Save-HubFile ids/model -CachePath $cache
        $null = Save-HubFile datasets/ids/data -CachePath $cache
        $temp = Join-Path $cache "datasets--ids--data/blobs/$('a' * 64).free-0123456789ab.incomplete"
        Set-Content -LiteralPath $temp -Value 'half'
    }

    It 'Find-HubFile takes them' {
        (Find-HubFile "$hub/datasets/ids/data/blob/main/a.csv" -CachePath $cache).IsCached | Should -BeTrue
    }

    It 'Get-HubCache takes them, with wildcards too' {
        (Get-HubCache datasets/ids/* -CachePath $cache).RepoId | Should -Be ids/data
        (Get-HubCache datasets/* -CachePath $cache).RepoId | Should -Be ids/data
        (Get-HubCache "$hub/ids/model/blob/main/config.json" -CachePath $cache).RepoType | Should -Be Model
        (Get-HubCache hf://datasets/ids/data -CachePath $cache).RepoType | Should -Be Dataset
        (Get-ErrorOf { Get-HubCache datasets/ids/* -RepoType Model -CachePath $cache }).FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
        (Get-ErrorOf { Get-HubCache datasets/ids/model -CachePath $cache }).FullyQualifiedErrorId | Should -BeLike 'NotCached,*'
    }

    It 'Get-HubIncomplete and Remove-HubIncomplete take them' {
        (Get-HubIncomplete datasets/ids/* -CachePath $cache).FullName | Should -Be $temp
        Get-HubIncomplete hf://ids/model -CachePath $cache | Should -BeNullOrEmpty
        'models/ids/*' | Remove-HubIncomplete -CachePath $cache
        $temp | Should -Exist
        "$hub/datasets/ids/data/tree/main" | Remove-HubIncomplete -CachePath $cache
        $temp | Should -Not -Exist
    }
}

Describe 'What is none' {
    It '<Given> is <Code>' -ForEach @(
        @{ Given = 'ids/model@main'; Code = 'InvalidRepoId' }
        @{ Given = 'https://example.com/ids/model'; Code = 'InvalidRepoId' }
        @{ Given = 'https://huggingface.co/ids/model/discussions/1'; Code = 'InvalidRepoId' }
        @{ Given = 'https://huggingface.co/ids/model/blob/main/%2e%2e%2fx'; Code = 'InvalidFileName' }
        @{ Given = 'hf://ids/model@a..b/x'; Code = 'InvalidRevision' }
    ) {
        foreach ($command in 'Save-HubFile', 'Find-HubFile', 'Get-HubFile') {
            (Get-ErrorOf { & $command $Given -CachePath $cache }).FullyQualifiedErrorId | Should -BeLike "$Code,*"
            (Get-ErrorOf { & $command ($Given -match '://' ? [uri]$Given : $Given) -CachePath $cache }).FullyQualifiedErrorId | Should -BeLike "$Code,*"
        }
    }
}
