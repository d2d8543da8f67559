namespace HubCache.Tests.Interop;

/// <summary>What the client from npm lists.</summary>
internal sealed record ClientScan(string[] Warnings, ClientRepo[] Repos)
{
    public ClientRepo Repo(string type, string name) => Repos.Single(repo => (repo.Type, repo.Name) == (type, name));
}

internal sealed record ClientRepo(string Type, string Name, long Size, ClientRevision[] Revisions)
{
    public ClientRevision Revision(string commit) => Revisions.Single(revision => revision.Commit == commit);
}

internal sealed record ClientRevision(string Commit, string[] Refs, long Size, ClientFile[] Files);

internal sealed record ClientFile(string Path, string Blob, long Size);
