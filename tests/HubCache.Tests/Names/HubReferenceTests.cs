using Xunit;

namespace HubCache.Tests.Names;

public sealed class HubReferenceTests
{
    private static readonly Uri Mirror = new("http://mirror.example:8080/hf");

    [Theory]
    [InlineData("gpt2", "gpt2", null)]
    [InlineData("org/name", "org/name", null)]
    [InlineData("models/org/name", "org/name", RepoType.Model)]
    [InlineData("datasets/org/name", "org/name", RepoType.Dataset)]
    [InlineData("datasets/imdb", "imdb", RepoType.Dataset)]
    [InlineData("spaces/org/name", "org/name", RepoType.Space)]
    [InlineData("kernels/org/name", "org/name", RepoType.Kernel)]
    public void AnIdMaySayItsType(string text, string id, RepoType? type) => Check(text, id, type, null, null);

    [Theory]
    [InlineData("https://huggingface.co/org/name", "org/name", RepoType.Model, null, null)]
    [InlineData("https://huggingface.co/gpt2", "gpt2", RepoType.Model, null, null)]
    [InlineData("http://hf.co/org/name/", "org/name", RepoType.Model, null, null)]
    [InlineData("huggingface.co/org/name", "org/name", RepoType.Model, null, null)]
    [InlineData("https://HuggingFace.co/datasets/org/name", "org/name", RepoType.Dataset, null, null)]
    [InlineData("https://huggingface.co/datasets/imdb/tree/main", "imdb", RepoType.Dataset, "main", null)]
    [InlineData("https://huggingface.co/org/name/blob/main/config.json", "org/name", RepoType.Model, "main", "config.json")]
    [InlineData("https://huggingface.co/gpt2/blob/main/config.json", "gpt2", RepoType.Model, "main", "config.json")]
    [InlineData("https://huggingface.co/org/tree/blob/main/config.json", "org/tree", RepoType.Model, "main", "config.json")]
    [InlineData(
        "https://huggingface.co/org/name/resolve/v1.0/onnx/model.onnx?download=true",
        "org/name",
        RepoType.Model,
        "v1.0",
        "onnx/model.onnx")]
    [InlineData("https://huggingface.co/org/name/raw/dev/README.md", "org/name", RepoType.Model, "dev", "README.md")]
    [InlineData("https://huggingface.co/org/name/blob/main/a.py#L10-L12", "org/name", RepoType.Model, "main", "a.py")]
    [InlineData("https://huggingface.co/org/name/blame/main/a.py", "org/name", RepoType.Model, "main", "a.py")]
    [InlineData("https://huggingface.co/org/name/tree/main", "org/name", RepoType.Model, "main", null)]
    [InlineData("https://huggingface.co/org/name/tree/main/sub", "org/name", RepoType.Model, "main", "sub/")]
    [InlineData("https://huggingface.co/org/name/tree/main/sub/deeper/", "org/name", RepoType.Model, "main", "sub/deeper/")]
    [InlineData("https://huggingface.co/org/name/blob/refs%2Fpr%2F3/a.txt", "org/name", RepoType.Model, "refs/pr/3", "a.txt")]
    [InlineData("https://huggingface.co/org/name/blob/refs/pr/3/a.txt", "org/name", RepoType.Model, "refs/pr/3", "a.txt")]
    [InlineData(
        "https://huggingface.co/datasets/org/name/tree/refs%2Fconvert%2Fparquet/default",
        "org/name",
        RepoType.Dataset,
        "refs/convert/parquet",
        "default/")]
    [InlineData("https://huggingface.co/org/name/blob/feature%2Fx/a.txt", "org/name", RepoType.Model, "feature/x", "a.txt")]
    [InlineData("https://huggingface.co/org/name/blob/main/a%20b%25c%23.txt", "org/name", RepoType.Model, "main", "a b%c#.txt")]
    [InlineData("https://huggingface.co/org/name/blob/main/a%2520b.txt", "org/name", RepoType.Model, "main", "a%20b.txt")]
    [InlineData("https://huggingface.co/org/name/blob/main/%C3%BCber/%E4%BD%A0.txt", "org/name", RepoType.Model, "main", "über/你.txt")]
    [InlineData("http://mirror.example:8080/hf/org/name/blob/main/a.txt", "org/name", RepoType.Model, "main", "a.txt")]
    [InlineData("http://MIRROR.example:8080/hf/spaces/org/name", "org/name", RepoType.Space, null, null)]
    public void AnAddressIsTakenApart(string text, string id, RepoType type, string? revision, string? file)
        => Check(text, id, type, revision, file);

    [Theory]
    [InlineData("hf://org/name", "org/name", RepoType.Model, null, null)]
    [InlineData("hf://gpt2", "gpt2", RepoType.Model, null, null)]
    [InlineData("hf://gpt2@main/config.json", "gpt2", RepoType.Model, "main", "config.json")]
    [InlineData("hf://org/name/", "org/name", RepoType.Model, null, null)]
    [InlineData("hf://org/name@v1", "org/name", RepoType.Model, "v1", null)]
    [InlineData("hf://org/name@v1/sub/a.txt", "org/name", RepoType.Model, "v1", "sub/a.txt")]
    [InlineData("hf://org/name/sub/a@b.txt", "org/name", RepoType.Model, null, "sub/a@b.txt")]
    [InlineData("hf://org/name@v1/sub/", "org/name", RepoType.Model, "v1", "sub/")]
    [InlineData("hf://org/name/*.json", "org/name", RepoType.Model, null, "*.json")]
    [InlineData("hf://datasets/org/name@refs%2Fpr%2F1/x", "org/name", RepoType.Dataset, "refs/pr/1", "x")]
    [InlineData("hf://datasets/org/name@refs/pr/12/x/y", "org/name", RepoType.Dataset, "refs/pr/12", "x/y")]
    [InlineData("hf://datasets/org/name@refs/convert/parquet/x", "org/name", RepoType.Dataset, "refs/convert/parquet", "x")]
    [InlineData("hf://org/name@main/a%20b.txt", "org/name", RepoType.Model, "main", "a%20b.txt")]
    public void AUriIsTakenApart(string text, string id, RepoType type, string? revision, string? file)
        => Check(text, id, type, revision, file);

    [Theory]
    [InlineData("", HubErrorCode.InvalidRepoId)]
    [InlineData("org/name@main", HubErrorCode.InvalidRepoId)]
    [InlineData("things/org/name", HubErrorCode.InvalidRepoId)]
    [InlineData("buckets/org/name", HubErrorCode.InvalidRepoId)]
    [InlineData("datasets/org/name/file", HubErrorCode.InvalidRepoId)]
    [InlineData("datasets/", HubErrorCode.InvalidRepoId)]
    [InlineData("hf://", HubErrorCode.InvalidRepoId)]
    [InlineData("hf://org/na--me/x", HubErrorCode.InvalidRepoId)]
    [InlineData("hf://org/name@", HubErrorCode.InvalidRevision)]
    [InlineData("hf://org/name@a..b/x", HubErrorCode.InvalidRevision)]
    [InlineData("hf://org/name@main/../x", HubErrorCode.InvalidFileName)]
    [InlineData("https://huggingface.co/", HubErrorCode.InvalidRepoId)]
    [InlineData("https://huggingface.co/datasets", null)]
    [InlineData("https://huggingface.co/org/name/discussions/5", HubErrorCode.InvalidRepoId)]
    [InlineData("https://huggingface.co/api/models/org/name", HubErrorCode.InvalidRepoId)]
    [InlineData("https://example.com/org/name", HubErrorCode.InvalidRepoId)]
    [InlineData("https://huggingface.co:8443/org/name", HubErrorCode.InvalidRepoId)]
    [InlineData("https://huggingface.co.example.com/org/name", HubErrorCode.InvalidRepoId)]
    [InlineData("http://mirror.example:9090/hf/org/name", HubErrorCode.InvalidRepoId)]
    [InlineData("http://mirror.example:8080/other/org/name", HubErrorCode.InvalidRepoId)]
    [InlineData("ftp://huggingface.co/org/name", HubErrorCode.InvalidRepoId)]
    [InlineData("file:///etc/passwd", HubErrorCode.InvalidRepoId)]
    [InlineData("https://huggingface.co/org/..%2F..%2Fetc/blob/main/x", HubErrorCode.InvalidRepoId)]
    [InlineData("https://huggingface.co/org/name/blob/main/%2e%2e/x", HubErrorCode.InvalidFileName)]
    [InlineData("https://huggingface.co/org/name/blob/main/..%2Fx", HubErrorCode.InvalidFileName)]
    [InlineData("https://huggingface.co/org/name/blob/main/a%00b", HubErrorCode.InvalidFileName)]
    [InlineData("https://huggingface.co/org/name/tree/main/%2e%2e", HubErrorCode.InvalidFileName)]
    [InlineData("https://huggingface.co/org/name/blob/%2e%2e%2fx/a", HubErrorCode.InvalidRevision)]
    public void WhatIsNoReferenceIsRefused(string text, HubErrorCode? code)
    {
        if (code is null)
        {
            // A page of the Hub, and by its form a repo: the Hub itself says that there is none.
            Assert.Equal("datasets", HubReference.Parse(text, Mirror).RepoId.Value);
            return;
        }

        Assert.Equal(code, Assert.Throws<HubCacheException>(() => HubReference.Parse(text, Mirror)).Code);
    }

    [Fact]
    public void AUserInAnAddressIsNotRepeated()
    {
        HubCacheException error =
            Assert.Throws<HubCacheException>(() => HubReference.Parse("https://me:hf_secret@huggingface.co/org/name?x=hf_secret", null));

        Assert.Equal(HubErrorCode.InvalidRepoId, error.Code);
        Assert.DoesNotContain("hf_secret", error.Message + error.Target, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsAskedOfAnAddressIsNotRepeated()
    {
        HubCacheException error =
            Assert.Throws<HubCacheException>(() => HubReference.Parse("https://example.com/org/name?token=hf_secret", null));

        Assert.DoesNotContain("hf_secret", error.Message + error.Target, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://huggingface.co/org/name/blob/main/a[1]*.txt", "a[1]*.txt", true)]
    [InlineData("https://huggingface.co/org/name/blob/main/a[1]*.txt", "a1b.txt", false)]
    [InlineData("https://huggingface.co/org/name/tree/main/a[1]", "a[1]/x", true)]
    [InlineData("https://huggingface.co/org/name/tree/main/a[1]", "a1/x", false)]
    [InlineData("https://huggingface.co/org/name/tree/main/sub", "sub/deep/x", true)]
    [InlineData("https://huggingface.co/org/name/tree/main/sub", "subx", false)]
    [InlineData("hf://org/name/a*/", "ab/x", true)]
    public void AnAddressMeansItsNamesLetterForLetter(string text, string path, bool isMeant)
    {
        FileSelector file = HubReference.Parse(text, null).File!;

        Assert.Equal(isMeant, file.Name?.Value == path || file.Pattern?.Matches(path) == true);
    }

    [Theory]
    [InlineData("*", "*", null)]
    [InlineData("org/*", "org/*", null)]
    [InlineData("datasets/org/*", "org/*", RepoType.Dataset)]
    [InlineData("datasets/*", "*", RepoType.Dataset)]
    [InlineData("data*/x", "data*/x", null)]
    [InlineData("https://huggingface.co/datasets/org/name/blob/main/x", "org/name", RepoType.Dataset)]
    public void APatternMaySayItsType(string text, string pattern, RepoType? type)
        => Assert.Equal((pattern, type), HubReference.ParsePattern(text, null));

    private static void Check(string text, string id, RepoType? type, string? revision, string? file)
    {
        HubReference reference = HubReference.Parse(text, Mirror);

        Assert.Equal(
            (id, type, revision, file), (reference.RepoId.Value, reference.RepoType, reference.Revision?.Value, reference.File?.Text));
    }
}
