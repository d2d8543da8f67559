using HubCache.Tests.Support;
using Xunit;

namespace HubCache.Tests.Hub;

/// <summary>The environment is the whole process's: nothing else runs meanwhile.</summary>
[CollectionDefinition("environment", DisableParallelization = true)]
public sealed class TheEnvironmentAlone;

/// <summary>The variables, as huggingface_hub's constants.py and utils/_auth.py read them.</summary>
[Collection("environment")]
public sealed class EnvironmentTests : IDisposable
{
    private static readonly string[] Names =
    [
        "HF_HUB_CACHE",
        "HUGGINGFACE_HUB_CACHE",
        "HF_HOME",
        "XDG_CACHE_HOME",
        "HOME",
        "HF_TOKEN",
        "HUGGING_FACE_HUB_TOKEN",
        "HF_TOKEN_PATH",
        "HF_HUB_DISABLE_IMPLICIT_TOKEN",
        "HF_HUB_OFFLINE",
        "TRANSFORMERS_OFFLINE",
        "HF_HUB_ETAG_TIMEOUT",
        "HF_HUB_DOWNLOAD_TIMEOUT",
        "HF_HUB_DISABLE_SYMLINKS",
        "HF_ENDPOINT",
        "MY_VAR",
        "HUBCACHE_READONLY_CACHES",
    ];

    private readonly string?[] _before = [.. Names.Select(Environment.GetEnvironmentVariable)];
    private readonly string _home = Directory.CreateTempSubdirectory("hubcache-").FullName;

    public EnvironmentTests()
    {
        foreach (string name in Names)
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        Set("HOME", _home);
    }

    public void Dispose()
    {
        foreach ((string name, string? value) in Names.Zip(_before))
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public void WithoutAnyVariableTheCacheLiesInTheHomeFolder()
    {
        Assert.Equal(Path.Combine(_home, ".cache", "huggingface", "hub"), HubEnvironment.CachePath());
    }

    [Fact]
    public void ReadOnlyCachesAreSeparatedAndPutInPlaceAsAPathIs()
    {
        Assert.Empty(HubEnvironment.ReadOnlyCachePaths());

        Set("MY_VAR", "/v");
        Set("HUBCACHE_READONLY_CACHES", string.Join(Path.PathSeparator, "~/a", "", "$MY_VAR/b/", " /c ", "/v/b"));

        Assert.Equal([Path.Combine(_home, "a"), "/v/b", "/c"], HubEnvironment.ReadOnlyCachePaths());
    }

    [Fact]
    public void RelativePathsStartFromTheLocationThatIsGiven()
    {
        Set("HUBCACHE_READONLY_CACHES", string.Join(Path.PathSeparator, "a", "../b/", "/c"));
        Set("HF_HOME", "hf");
        Directory.CreateDirectory(Path.Combine(_home, "hf"));
        File.WriteAllText(Path.Combine(_home, "hf", "token"), "hf_here");

        Assert.Equal(
            [Path.Combine(_home, "a"), Path.GetFullPath(Path.Combine(_home, "..", "b")), "/c"], HubEnvironment.ReadOnlyCachePaths(_home));
        Assert.Equal(Path.Combine(_home, "hf", "hub"), HubEnvironment.CachePath(_home));
        Assert.Equal("hf_here", HubEnvironment.Read(location: _home).Token);
        Assert.Equal(Path.Combine(_home, "hf", "hub"), HubEnvironment.Read(location: _home).CachePath);
        Assert.Equal(Path.GetFullPath("hf/hub"), HubEnvironment.CachePath());
    }

    [Theory]
    [InlineData("XDG_CACHE_HOME", "/x", "/x/huggingface/hub")]
    [InlineData("HF_HOME", "/x", "/x/hub")]
    [InlineData("HUGGINGFACE_HUB_CACHE", "/x", "/x")]
    [InlineData("HF_HUB_CACHE", "/x", "/x")]
    public void EachVariableMovesTheCache(string name, string value, string expected)
    {
        Set(name, value);

        Assert.Equal(expected, HubEnvironment.CachePath());
    }

    [Fact]
    public void TheMoreSpecialVariableWins()
    {
        Set("XDG_CACHE_HOME", "/xdg");
        Set("HF_HOME", "/home");
        Assert.Equal("/home/hub", HubEnvironment.CachePath());

        Set("HUGGINGFACE_HUB_CACHE", "/old");
        Assert.Equal("/old", HubEnvironment.CachePath());

        Set("HF_HUB_CACHE", "/new");
        Assert.Equal("/new", HubEnvironment.CachePath());

        Set("HF_HUB_CACHE", string.Empty);
        Assert.Equal("/old", HubEnvironment.CachePath());
    }

    [Theory]
    [InlineData("~/x", "{home}/x")]
    [InlineData("~", "{home}")]
    [InlineData("~root/x", "/root/x")]
    [InlineData("/~/x", "/~/x")]
    [InlineData("$MY_VAR/x", "/my value/x")]
    [InlineData("${MY_VAR}/x", "/my value/x")]
    [InlineData("/a/$NO_SUCH_VAR_HERE/x", "/a/$NO_SUCH_VAR_HERE/x")]
    [InlineData("/a/${NO_SUCH_VAR_HERE}/x", "/a/${NO_SUCH_VAR_HERE}/x")]
    [InlineData("/a/${}/$", "/a/${}/$")]
    [InlineData("$HOME/x", "{home}/x")]
    public void HomeFoldersAndVariablesAreExpanded(string value, string expected)
    {
        Set("MY_VAR", "/my value");
        Set("HF_HUB_CACHE", value);

        Assert.Equal(expected.Replace("{home}", _home, StringComparison.Ordinal), HubEnvironment.CachePath());
    }

    [Fact]
    public void AnUnknownUsersHomeStaysAsItIs()
    {
        Set("HF_HUB_CACHE", "~nosuchuser/x");

        Assert.Equal(Path.GetFullPath("~nosuchuser/x"), HubEnvironment.CachePath());
    }

    [Fact]
    public void TheRootFolderMayBeTheHome()
    {
        Set("HOME", "/");
        Set("HF_HOME", "~");

        Assert.Equal("/hub", HubEnvironment.CachePath());
    }

    [Fact]
    public void APathGivenByTheCallerNeedsNoHome()
    {
        Assert.Equal("/given", HubEnvironment.Read("/given").CachePath);
    }

    [Fact]
    public void TheTokenComesFromTheFirstPlaceThatHasOne()
    {
        Assert.Null(HubEnvironment.Read().Token);

        Directory.CreateDirectory(Path.Combine(_home, ".cache", "huggingface"));
        File.WriteAllText(Path.Combine(_home, ".cache", "huggingface", "token"), "hf_file\n");
        Assert.Equal("hf_file", HubEnvironment.Read().Token);

        File.WriteAllText(Path.Combine(_home, "elsewhere"), " hf_elsewhere\r\n");
        Set("HF_TOKEN_PATH", "~/elsewhere");
        Assert.Equal("hf_elsewhere", HubEnvironment.Read().Token);

        Set("HUGGING_FACE_HUB_TOKEN", "hf_old");
        Assert.Equal("hf_old", HubEnvironment.Read().Token);

        Set("HF_TOKEN", " hf_new\r\n ");
        Assert.Equal("hf_new", HubEnvironment.Read().Token);
    }

    [Fact]
    public void ATokenFileThatCannotBeReadIsNotTakenForNone()
    {
        Assert.Null(HubEnvironment.Read().TokenFault);

        // A folder in its place is refused to root as well.
        string file = Directory.CreateDirectory(Path.Combine(_home, ".cache", "huggingface", "token")).FullName;
        Assert.Contains(file, HubEnvironment.Read().TokenFault, StringComparison.Ordinal);
        Assert.Null(HubEnvironment.Read().Token);

        Set("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1");
        Assert.Null(HubEnvironment.Read().TokenFault);

        Set("HF_HUB_DISABLE_IMPLICIT_TOKEN", null);
        Set("HF_TOKEN", "hf_given");
        Assert.Equal(("hf_given", null), (HubEnvironment.Read().Token, HubEnvironment.Read().TokenFault));
    }

    [Fact]
    public void AWhiteTokenIsNoToken()
    {
        Set("HF_TOKEN", " \n");

        Assert.Null(HubEnvironment.Read().Token);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("true")]
    public void AnImplicitTokenCanBeForbidden(string value)
    {
        Set("HF_TOKEN", "hf_new");
        Set("HF_HUB_DISABLE_IMPLICIT_TOKEN", value);

        Assert.Null(HubEnvironment.Read().Token);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("ON", true)]
    [InlineData("yes", true)]
    [InlineData("True", true)]
    [InlineData("0", false)]
    [InlineData("no", false)]
    [InlineData("2", false)]
    [InlineData("", false)]
    public void OfflineIsSaidByFourWords(string value, bool expected)
    {
        Set("HF_HUB_OFFLINE", value);

        Assert.Equal(expected, HubEnvironment.Read().Offline);
    }

    [Fact]
    public void TransformersMayTakeUsOfflineWhenNobodyElseSays()
    {
        Set("TRANSFORMERS_OFFLINE", "1");
        Assert.True(HubEnvironment.Read().Offline);

        Set("HF_HUB_OFFLINE", "0");
        Assert.False(HubEnvironment.Read().Offline);
    }

    [Theory]
    [InlineData(null, 10)]
    [InlineData("", 10)]
    [InlineData("0", 10)]
    [InlineData("25", 25)]
    [InlineData(" 25 ", 25)]
    public void TimeOutsAreSecondsAndZeroMeansTheUsual(string? value, int expected)
    {
        Set("HF_HUB_ETAG_TIMEOUT", value);
        Assert.Equal(TimeSpan.FromSeconds(expected), HubEnvironment.Read().ConnectionTimeout);

        Set("HF_HUB_ETAG_TIMEOUT", null);
        Set("HF_HUB_DOWNLOAD_TIMEOUT", value);
        Assert.Equal(TimeSpan.FromSeconds(expected), HubEnvironment.Read().OperationTimeout);
    }

    [Theory]
    [InlineData("ten")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("99999999999")]
    public void OtherTimeOutsAreAnErrorThatNamesTheVariable(string value)
    {
        Set("HF_HUB_DOWNLOAD_TIMEOUT", value);

        var error = Assert.Throws<HubCacheException>(() => HubEnvironment.Read());
        Assert.Equal(HubErrorCode.InvalidOption, error.Code);
        Assert.Equal("HF_HUB_DOWNLOAD_TIMEOUT", error.Target);
    }

    [Theory]
    [InlineData("https://hub.example///", "https://hub.example/")]
    [InlineData("http://127.0.0.1:5000/prefix/", "http://127.0.0.1:5000/prefix")]
    [InlineData("", "https://huggingface.co/")]
    public void AnEndpointLosesItsSlashes(string value, string expected)
    {
        Set("HF_ENDPOINT", value);

        Assert.Equal(expected, HubEnvironment.Read().Endpoint.AbsoluteUri);
    }

    [Theory]
    [InlineData("ftp://hub.example")]
    [InlineData("hub.example")]
    [InlineData("file:///etc")]
    [InlineData("https://user:secret@hub.example")]
    [InlineData("https://hub.example?x=1")]
    public void AnythingElseIsNoEndpoint(string value)
    {
        Set("HF_ENDPOINT", value);

        var error = Assert.Throws<HubCacheException>(() => HubEnvironment.Read());
        Assert.Equal(HubErrorCode.InvalidOption, error.Code);
        Assert.DoesNotContain("secret", error.Message + error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void OptionsDoNotPrintTheirToken()
    {
        Set("HF_TOKEN", "hf_secret");

        Assert.DoesNotContain("hf_secret", HubEnvironment.Read().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoHomeAtAllIsAnErrorThatCanBeAnswered()
    {
        // A user that the system does not know, without HOME: as in many containers.
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
        {
            return;
        }

        using var worker = WorkerProcess.Start(
            ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"],
            new Dictionary<string, string?> { ["HOME"] = null, ["DOTNET_CLI_HOME"] = "/tmp" },
            ["environment"]);
        IReadOnlyDictionary<string, string?> answer = await worker.ResultAsync();

        Assert.Equal("InvalidOption", answer["Error"]);
    }

    private static void Set(string name, string? value) => Environment.SetEnvironmentVariable(name, value);
}
