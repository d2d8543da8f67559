namespace FakeHub;

/// <summary>A file in an order: exactly one of text, base64 and size (generated) says what is in it.</summary>
internal sealed record FileOrder
{
    public required string Path { get; init; }

    public string? Text { get; init; }

    public string? Base64 { get; init; }

    public long? Size { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>A generated file is in LFS if not said otherwise, any other is not.</summary>
    public bool? Lfs { get; init; }

    public bool WeakEtag { get; init; }

    /// <summary>Whether Xet has it too. Its bytes are then in memory twice.</summary>
    public bool Xet { get; init; }

    /// <summary>The file; where Xet has it, the server's store gets its xorbs, of 60 MB each.</summary>
    public FakeFile MakeFor(FakeHubServer server)
    {
        FakeFile file = Make();
        if (Xet)
        {
            FakeXetFile parts = XetMaker.File(file.Etag, file.ToArray());
            server.Xet.Add(parts);
            file.InXet(parts.Hash);
        }
        return file;
    }

    private FakeFile Make() => (Text, Base64, Size) switch
    {
        (string text, null, null) => FakeFile.FromText(Path, text, Lfs ?? false, WeakEtag),
        (null, string base64, null) => FakeFile.FromBytes(Path, Convert.FromBase64String(base64), Lfs ?? false, WeakEtag),
        (null, null, long size) => FakeFile.Generated(Path, size, Seed, Lfs ?? true, WeakEtag),
        _ => throw new ArgumentException($"'{Path}' needs one of text, base64 and size."),
    };
}

internal sealed record CommitOrder
{
    public string Branch { get; init; } = "main";

    public IReadOnlyList<FileOrder> Files { get; init; } = [];

    public IReadOnlyList<string> Remove { get; init; } = [];

    /// <summary>For an order by itself; within a <see cref="RepoOrder"/> the repo is known.</summary>
    public string? Repo { get; init; }

    public string Type { get; init; } = "model";
}

internal sealed record RefOrder
{
    public required string Repo { get; init; }

    public string Type { get; init; } = "model";

    public required string Name { get; init; }

    public required string Commit { get; init; }
}

internal sealed record RepoOrder
{
    public required string Id { get; init; }

    public string Type { get; init; } = "model";

    public bool Private { get; init; }

    public bool Gated { get; init; }

    /// <summary>Old ids, which redirect here.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    public bool AbsoluteRedirects { get; init; }

    public IReadOnlyList<CommitOrder> Commits { get; init; } = [];

    public FakeRepo ApplyTo(FakeHubServer server)
    {
        FakeRepo repo = server.AddRepo(Id, Type, Private, Gated);
        foreach (CommitOrder commit in Commits)
        {
            repo.Commit(commit.Branch, commit.Files.Select(file => file.MakeFor(server)), commit.Remove);
        }
        foreach (string alias in Aliases)
        {
            repo.AddAlias(alias, AbsoluteRedirects);
        }
        return repo;
    }
}
