using System.Globalization;
using HubCache.Names;
using HubCache.Ownership;
using HubCache.Platform;

namespace HubCache.Maintenance;

/// <summary>How a leftover is shown to people.</summary>
internal static class IncompleteView
{
    public static IncompleteFile Of(RepoPaths folder, string path, FileFacts facts, Verdict verdict)
    {
        string name = Path.GetFileName(path);
        return new IncompleteFile
        {
            RepoId = folder.Id.Value,
            RepoType = folder.Type.ToString(),
            FullName = path,
            ETag = Path.GetDirectoryName(path) == folder.Blobs ? ETag.TryParse(name.Split('.')[0])?.Value : null,
            Length = facts.Length,
            LastModified = facts.Modified.ToLocalTime(),
            Owner = Owner(name),
            State = verdict.State.ToString(),
            Reason = verdict.Reason,
        };
    }

    /// <summary>A file that was there at the first look only. Nothing is claimed of it, and removing it says that it is gone.</summary>
    public static IncompleteFile Gone(IncompleteFile file)
    {
        return new IncompleteFile
        {
            RepoId = file.RepoId,
            RepoType = file.RepoType,
            FullName = file.FullName,
            ETag = file.ETag,
            Length = file.Length,
            LastModified = file.LastModified,
            Owner = file.Owner,
            State = nameof(IncompleteState.Unknown),
            Reason = "It was there at the first look and is not any more.",
        };
    }

    private static string Owner(string name)
    {
        if (IncompleteName.IsFree(name))
        {
            return "nobody";
        }

        ProcessIdentity me = ProcessIdentity.Current;
        return IncompleteName.TryParse(name)?.Owner switch
        {
            null => "another client",
            var owner when owner.IsOfAnotherBootOf(me) => "HubCache in another boot of this machine",
            var owner when !owner.SharesKernelWith(me) => "HubCache on another machine",
            var owner when !owner.SharesPidsWith(me) => "HubCache in another container",
            { Pid: var pid } => string.Create(CultureInfo.InvariantCulture, $"HubCache process {pid}"),
        };
    }
}
