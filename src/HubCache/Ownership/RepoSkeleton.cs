using HubCache.Names;
using HubCache.Platform;

namespace HubCache.Ownership;

/// <summary>The folders that other clients expect of every repo, made before the first file is.</summary>
internal static class RepoSkeleton
{
    public static void Ensure(Disk disk, RepoPaths folder)
    {
        // huggingface_hub calls a repo without snapshots/ corrupt; @huggingface/hub one without refs/, which a pinned commit alone never
        // needs.
        FolderMaker.Ensure(disk, folder.Snapshots);
        FolderMaker.Ensure(disk, folder.Refs);
        CacheTag.Ensure(disk, folder.CachePath);
    }
}
