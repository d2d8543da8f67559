# What people and scripts give to the cmdlets: several repos, archives with brackets in their names, what to leave out, and what is refused.

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot 'TestHelp.psm1')
    $null = Add-FakeRepo args/one @(@{ path = 'config.json'; text = '{}' }, @{ path = 'model.bin'; size = 1000 })
    $null = Add-FakeRepo args/two @{ path = 'config.json'; text = '{ }' }
    $null = Add-FakeRepo args/data @{ path = 'config.json'; text = '{  }' } -Type dataset
    $cache = Join-Path $TestDrive 'cache'
    $saved = 'args/one', 'args/two', 'datasets/args/data' | Save-HubFile -CachePath $cache
}

Describe 'Several repos' {
    It 'are listed once each, and one that is not there does not hide the others' {
        (Get-HubCache args/one, args/*, args/two -CachePath $cache).RepoId | Sort-Object | Should -Be args/data, args/one, args/two
        $found = Get-HubCache args/none, args/two, '[x' -CachePath $cache -ErrorVariable faults -ErrorAction SilentlyContinue
        $found.RepoId | Should -Be args/two
        $faults.FullyQualifiedErrorId | Sort-Object | Should -BeLike '*,HubCache.PowerShell.GetHubCacheCommand'
        $faults.TargetObject | Should -Contain args/none
        $faults.Count | Should -Be 2
    }

    It 'are checked, each problem told once' {
        Test-HubCache args/one, args/two -CachePath $cache -Quiet | Should -BeTrue
        Test-HubCache args/one, args/none -CachePath $cache -Quiet -ErrorAction SilentlyContinue | Should -BeFalse
        $spoilt = Join-Path $TestDrive 'spoilt'
        $file = Save-HubFile args/one model.bin -CachePath $spoilt
        [System.IO.File]::WriteAllText($file.BlobPath, 'spoilt')
        @(Test-HubCache args/one, args/o* -CachePath $spoilt | Where-Object Severity -EQ Error).Count | Should -Be 1
    }

    It 'are taken by Get-HubIncomplete and Remove-HubIncomplete' {
        foreach ($repo in 'one', 'two') {
            Set-Content -LiteralPath (Join-Path $cache "models--args--$repo/blobs/$('a' * 64).free-0123abcd.incomplete") -Value 1234567 -NoNewline
        }
        (Get-HubIncomplete args/one, args/two -CachePath $cache).RepoId | Sort-Object | Should -Be args/one, args/two
        (Remove-HubIncomplete args/one, args/t* -CachePath $cache -PassThru).Kind | Should -Be IncompleteFile, IncompleteFile
        Get-HubIncomplete -CachePath $cache | Should -BeNullOrEmpty
    }

    It 'are removed; objects come only with -PassThru, and the total on Verbose' {
        $copy = Join-Path $TestDrive 'copy'
        $null = 'args/one', 'args/two' | Save-HubFile -CachePath $copy
        $said = Remove-HubCache args/one, args/none -CachePath $copy -Verbose -ErrorVariable faults -ErrorAction SilentlyContinue 4>&1
        $said | Should -BeOfType ([System.Management.Automation.VerboseRecord])
        $said[-1].Message | Should -Match '^Removed 1, kept 0: .+ \(1,002 bytes\) freed in total\.$'
        $faults.FullyQualifiedErrorId | Should -BeLike 'NotCached,*'
        (Get-HubCache args/two -CachePath $copy | Remove-HubCache -PassThru).Kind | Should -Be Repo
        Get-HubCache -CachePath $copy | Should -BeNullOrEmpty
    }

    It 'are a binding error of <_>, where a name of a file may follow' -ForEach 'Save-HubFile', 'Find-HubFile', 'Get-HubFile', 'Export-HubCache' {
        $command = $_
        { & $command args/one, config.json -CachePath $cache } | Should -Throw -ErrorId "CannotConvertArgument,HubCache.PowerShell.$($command -replace '-')Command"
    }
}

Describe 'Archives' {
    It 'bind by their path literally, and by -Path with wildcards' {
        $null = Export-HubCache args/one -CachePath $cache -Path "$TestDrive/a[1].tar"
        $null = Export-HubCache args/two -CachePath $cache -Path "$TestDrive/a1.tar"
        Push-Location -LiteralPath $TestDrive
        try {
            (Get-ChildItem *.tar | Import-HubCache -CachePath ./in1).RepoId | Sort-Object | Should -Be args/one, args/two
            (Import-HubCache a*.tar -CachePath ./in2).RepoId | Sort-Object | Should -Be args/one, args/two
            (Import-HubCache 'a[1].tar' -CachePath ./in3).RepoId | Should -Be args/two
            (Import-HubCache -LP 'a[1].tar' -CachePath ./in4).RepoId | Should -Be args/one
            (Export-HubCache args/one -CachePath $cache -Path 'a[1].tar' -Force | Import-HubCache -CachePath ./in5).RepoId | Should -Be args/one
            (Get-ErrorOf { Import-HubCache none*.tar -CachePath ./in6 }).FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
            './in6' | Should -Not -Exist
        }
        finally {
            Pop-Location
        }
    }
}

Describe '-Exclude' {
    It 'leaves files out of Get-HubFile' {
        (Get-HubFile args/one -Exclude *.bin -CachePath $cache).FileName | Should -Be config.json
        (Get-HubFile args/one config.json, model.bin -Exclude config.json -CachePath $cache).FileName | Should -Be model.bin
        (Get-ErrorOf { Get-HubFile args/one -Exclude * -CachePath $cache }).FullyQualifiedErrorId | Should -BeLike 'HubFileNotFound,*'
    }

    It 'leaves files out of an archive, whether the cache has them or not' {
        (Export-HubCache args/one -Exclude *.bin -CachePath $cache -LockFile "$TestDrive/some.json").FileCount | Should -Be 1
        $part = Join-Path $TestDrive 'part'
        $null = Save-HubFile args/one -Exclude *.bin -CachePath $part
        (Export-HubCache args/one -Exclude *.bin -CachePath $part -LockFile "$TestDrive/part.json").FileCount | Should -Be 1
        (Get-ErrorOf { Export-HubCache args/one -Exclude * -CachePath $cache -LockFile "$TestDrive/none.json" }).FullyQualifiedErrorId | Should -BeLike 'HubFileNotFound,*'
        "$TestDrive/none.json" | Should -Not -Exist
    }
}

Describe 'Tab' {
    It 'offers what belongs there: <Line>' -ForEach @(
        @{ Line = 'Get-HubFile args/one -Exclude m'; Offer = 'model.bin' }
        @{ Line = 'Remove-HubCache -Keep args/o'; Offer = 'args/one' }
        @{ Line = 'Get-HubFile args/one -CommitHash '; Offer = 'COMMIT' }
        @{ Line = 'Save-HubFile args/one -Endpoint https://h'; Offer = "'https://huggingface.co'" }
        @{ Line = 'Save-HubFile args/one -Endpoint zz'; Offer = $null }
    ) {
        $env:HF_HUB_CACHE = $cache
        Push-Location -LiteralPath $TestDrive
        try {
            Set-Content -LiteralPath ./zz -Value 1
            $expected = $Offer -eq 'COMMIT' ? $saved.Where({ $_.RepoId -eq 'args/one' })[0].CommitHash : $Offer
            (TabExpansion2 $Line $Line.Length).CompletionMatches.CompletionText | Should -Be $expected
        }
        finally {
            Pop-Location
            Remove-Item Env:HF_HUB_CACHE
        }
    }
}

Describe 'What is refused' {
    It 'is shown: a repo type that is none' {
        $fault = Get-ErrorOf { Get-HubFile args/one -RepoType modle -CachePath $cache }
        $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
        $fault.Exception.Message | Should -Be "'modle' is not a repo type."
    }

    It 'is not a repo type in the plural' {
        (Get-HubFile args/data -RepoType datasets -CachePath $cache).RepoType | Should -Be Dataset
        (Get-HubCache -RepoType Models -CachePath $cache).RepoId | Should -Be args/one, args/two
    }

    It 'comes with the split, where a file stands behind the id' {
        $fault = Get-ErrorOf { Save-HubFile args/one/sub/model.bin -CachePath $cache }
        $fault.FullyQualifiedErrorId | Should -BeLike 'InvalidRepoId,*'
        $fault.ErrorDetails.RecommendedAction | Should -BeLike '*-RepoId args/one -FileName ''sub/model.bin''*'
    }

    It 'says which of two: nowhere to write, or the same file twice' {
        (Get-ErrorOf { Export-HubCache args/one -CachePath $cache }).Exception.Message | Should -BeLike 'Neither -Path nor -LockFile is given*'
        (Get-ErrorOf { Export-HubCache args/one -CachePath $cache -Path "$TestDrive/x" -LockFile "$TestDrive/x" }).Exception.Message | Should -BeLike '-Path and -LockFile name the same file*'
    }

    It 'names host and port of what cannot be reached' {
        $fault = Get-ErrorOf { Find-HubFile args/one -Endpoint http://127.0.0.1:1 -MaximumRetryCount 0 -CachePath "$TestDrive/none" }
        $fault.Exception.Message | Should -BeLike '127.0.0.1:1 cannot be reached*'
    }
}
