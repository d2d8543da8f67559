using HubCache.Names;
using HubCache.Store;

namespace HubCache.Maintenance.Checking;

/// <summary>Makes of what the scans of a repo found what people see.</summary>
internal sealed class ProblemView(RepoPaths folder, IReadOnlyList<Ref> refs)
{
    public CacheProblem Of(Finding finding)
    {
        CommitHash? commit = CommitOf(finding);
        return new CacheProblem
        {
            Kind = finding.Kind.ToString(),
            Severity = finding.Severity.ToString(),
            RepoId = folder.Id.Value,
            RepoType = folder.Type.ToString(),
            Revision = RepoPlaces.RefAt(folder, finding.Path) ?? (commit is null ? null : NameOf(commit)),
            FileName = finding.FileName ?? RepoPlaces.FileAt(folder, finding.Path).FileName,
            FullName = finding.Path,
            Detail = finding.Sentence,
            Repairable = finding.Repairable,
            CachePath = folder.CachePath,
        };
    }

    public CommitHash? CommitOf(Finding finding) => finding.Commit ?? RepoPlaces.FileAt(folder, finding.Path).Commit;

    private string NameOf(CommitHash commit) => refs.FirstOrDefault(found => found.Commit == commit)?.Name ?? commit.Value;
}
