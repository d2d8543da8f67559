using System.Diagnostics;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Maintenance.Removing;

/// <summary>Removes blobs that nothing refers to any more, and what of the shared store hung on them alone.</summary>
/// <param name="means">What to work with.</param>
/// <param name="before">The repo at the first look; null when it was not there. A blob that nothing refers to goes only if that was so even
/// then.</param>
internal sealed class BlobRemoval(RemovalContext means, RepoInventory? before)
{
    // What other clients link meanwhile is looked for again at least so often.
    private static readonly TimeSpan LongestUnseen = TimeSpan.FromMilliseconds(200);

    private readonly HashSet<string> _orphansBefore =
        before?.Orphans().Select(blob => blob.FullName).ToHashSet(StringComparer.Ordinal) ?? [];

    private SharedStore Store => new(means.Disk, means.Folder.CachePath);

    /// <summary>Removes the blobs whose names went.</summary>
    /// <param name="withOrphans">Whether those go too that had no name before.</param>
    public void Remove(bool withOrphans)
    {
        if (means.DeleteLinkInPlaceOf(means.Folder.Blobs) || means.Read() is not RepoInventory repo || repo.Linked == means.Folder.FullName)
        {
            return;
        }

        (HashSet<string> referenced, long readAt) = (repo.Referenced(), Stopwatch.GetTimestamp());
        RemovalStep? forOrphans = means.Whole ?? FirstStep("Blob") ?? (withOrphans ? FirstStep("Revision") : null);
        foreach (BlobEntry blob in repo.Blobs)
        {
            RemovalStep? step = means.Report.StepOf(blob.FullName)
                ?? (ETag.TryParse(blob.Name) is not null && _orphansBefore.Contains(blob.FullName) ? forOrphans : null);
            if (step is null)
            {
                continue;
            }

            if (Stopwatch.GetElapsedTime(readAt) > LongestUnseen)
            {
                (referenced, readAt) = (means.Read()?.Referenced() ?? [], Stopwatch.GetTimestamp());
            }

            if (referenced.Contains(blob.FullName))
            {
                means.Report.Share(step);
            }
            else if (means.Uses.Need(blob.Name) || (means.Report.StepOf(blob.FullName) is null && means.Uses.MayBeLinked(blob)))
            {
                means.Report.Keep(step, blob.FullName, null, "A download needs it, or may.", isAll: false);
            }
            else
            {
                Remove(step, blob);
            }
        }

        means.Flush([means.Folder.Blobs]);
    }

    /// <summary>Removes from the shared store what an earlier removal left that was killed: the manifests alone know of it.</summary>
    public void SweepStore()
    {
        if (!Store.IsThere || means.Steps.All(step => step.Kind is "Ref"))
        {
            return;
        }

        foreach (string file in Store.NamedBy(means.Folder).ToList())
        {
            Sweep(means.Steps[0], file);
        }
    }

    private RemovalStep? FirstStep(string kind) => means.Steps.FirstOrDefault(step => step.Kind == kind);

    private void Remove(RemovalStep step, BlobEntry blob)
    {
        string? shared = blob.Own.Kind == FileKind.Link ? Store.Target(blob.FullName) : null;
        if (!means.Delete(blob.FullName))
        {
            return;
        }

        means.Report.Free(step, blob.Own is { Kind: FileKind.File, Links: 1 } ? blob.Own.Length : 0);
        if (shared is not null)
        {
            Sweep(step, shared);
        }
    }

    private void Sweep(RemovalStep step, string file)
    {
        means.Uses.Check();
        string? doubt;
        try
        {
            (long freed, doubt) = Store.Sweep(file);
            means.Report.Free(step, freed);
        }
        catch (DiskException e)
        {
            // No link of the repo leads there any more; other clients' clean-up finds it too.
            doubt = e.Message;
        }

        if (doubt is not null && means.Disk.Look(file) is not null)
        {
            means.Report.Keep(step, file, null, $"It lies in the store that repos share, and {doubt}.", isAll: false);
        }
    }
}
