using HubCache.Model;
using HubCache.Ownership;
using HubCache.Platform;
using HubCache.Store;

namespace HubCache.Destination;

/// <summary>Lays files of the cache out in a destination, several side by side. A file's failure is that file's.</summary>
internal sealed class DestinationWriter
{
    // Disks want some work ahead, and no more than that.
    private const int MostAtOnce = 4;

    // The other client holds its lock for as long as it writes metadata; when it downloads, that is not waited for.
    private const int MostLockTries = 20;
    private static readonly TimeSpan BetweenLockTries = TimeSpan.FromMilliseconds(100);

    private readonly Disk _disk;
    private readonly DestinationFolder _destination;
    private readonly IDownloadObserver _observer;
    private readonly LocalFolder _folder;
    private readonly FileJudge _judge;
    private readonly PlaceRules _rules;

    /// <summary>Begins with a destination; touches nothing.</summary>
    public DestinationWriter(Disk disk, DestinationFolder destination, IReadOnlyList<string> cachePaths, IDownloadObserver observer)
    {
        (_disk, _destination, _observer) = (disk, destination, observer);
        _folder = new LocalFolder(Path.TrimEndingDirectorySeparator(Path.GetFullPath(destination.FullName)));
        _judge = new FileJudge(disk, _folder);
        _rules = new PlaceRules(disk, _folder, cachePaths);
    }

    /// <summary>Refuses a folder that cannot be a destination. Writes nothing.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>; <see cref="HubErrorCode.CacheWriteFailed"/> when it
    /// cannot even be looked at.</exception>
    public void Check()
    {
        try
        {
            _rules.CheckFolder();
        }
        catch (DiskException e)
        {
            throw Explain(e);
        }
    }

    /// <summary>Where a file is to lie, and what of the cache it is to be.</summary>
    public Placement NewPlacement(HubFileName name, CommitHash commit, CacheHit source, bool isVerified, FileTimes times)
    {
        return new Placement(name, commit, source, _folder.PathOf(name), isVerified) { Times = times };
    }

    /// <summary>Whether a file is there already and known to be right. False when that cannot be said. Writes nothing.</summary>
    public bool Has(HubFileName name, ETag? etag, CommitHash commit, long length)
    {
        try
        {
            return _judge.IsRecorded(name, etag, commit, length)
                || (NameTrial.IsNeeded(name) && _judge.IsRecorded(SubstituteName.Of(name), etag, commit, length));
        }
        catch (DiskException)
        {
            return false;
        }
    }

    /// <summary>
    /// Lays the files out. Whatever goes wrong with one is its <see cref="Placement.Error"/>. Writes nothing where all is right.
    /// </summary>
    /// <param name="files">The files, each name once, in the order in which they were asked for.</param>
    /// <param name="force">Whether those that are right are laid out again.</param>
    /// <param name="cancellationToken">Ends it between two blocks; temps are removed.</param>
    public async Task RunAsync(IReadOnlyList<Placement> files, bool force, CancellationToken cancellationToken)
    {
        await EachAsync(files, (file, token) => Look(file, force, token), cancellationToken).ConfigureAwait(false);
        Placement[] open = [.. files.Where(file => file is { Error: null, Standing: not Standing.Right })];
        if (open.Length == 0)
        {
            return;
        }

        if (Do(open, MakeBookkeeping))
        {
            await SubstituteAsync([.. open.Where(file => file.Error is null)], force, cancellationToken).ConfigureAwait(false);
            RefuseCollisions(files);
            var room = new CopyRoom(_disk, _folder, [.. open.Where(file => file is { Error: null, Standing: Standing.Wrong })]);
            var placer = new FilePlacer(_disk, _folder, _destination.HardLink, room, _observer);
            await EachAsync(
                [.. open.Where(file => file is { Error: null, Standing: not Standing.Right })],
                (file, token) => LayOut(file, placer, token),
                cancellationToken).ConfigureAwait(false);
        }

        foreach (string folder in open.Select(file => _folder.TempFolderOf(file.Name)).Distinct())
        {
            Contenders.RemoveDead(_disk, folder, prefix => prefix is "copy" or "link");
        }
    }

    /// <summary>Gives files whose names the file system cannot have names that it can.</summary>
    private async Task SubstituteAsync(Placement[] files, bool force, CancellationToken cancellationToken)
    {
        var trial = new NameTrial(_disk, _folder.Bookkeeping);
        Placement[] lacking = Array.FindAll(files, file => NameTrial.IsNeeded(file.Name) && trial.Fault(file.Name) is not null);
        foreach (Placement file in lacking)
        {
            HubFileName substitute = SubstituteName.Of(file.Name);
            _observer.Warn($"'{_folder.FullName}' cannot have a file '{file.Name}': it is laid out as '{substitute}'.");
            file.Substitute(substitute, _folder.PathOf(substitute));
        }

        await EachAsync(lacking, (file, token) => Look(file, force, token), cancellationToken).ConfigureAwait(false);
    }

    private void Look(Placement file, bool force, CancellationToken cancellationToken)
    {
        _rules.CheckFile(file.Name);
        file.Present = _disk.Look(file.Path);
        file.Standing = force ? Standing.Wrong : _judge.Judge(file, cancellationToken);
        if (file.Standing != Standing.Wrong)
        {
            YoungFile.Flush(_disk, file.Path, _disk.FlushFolder);
        }
    }

    private void LayOut(Placement file, FilePlacer placer, CancellationToken cancellationToken)
    {
        using ClientLock? courtesy = AskOtherClients(file.Name, cancellationToken);
        if (file.Standing == Standing.Wrong)
        {
            placer.Place(file, cancellationToken);
        }

        string metadata = _folder.MetadataOf(file.Name);
        if (file.Source.ETag is ETag etag && _disk.Look(file.Path) is FileFacts present)
        {
            LocalMetadata.Write(_disk, metadata, file.Commit, etag, present);
        }
    }

    /// <summary>
    /// Takes the lock by which huggingface_hub keeps from writing at the same time. Without it, what is written is right all the same.
    /// </summary>
    private ClientLock? AskOtherClients(HubFileName file, CancellationToken cancellationToken)
    {
        for (int tries = 1; ; tries++)
        {
            (ClientLock? held, LockAnswer answer) = ClientLock.Ask(_disk, _folder.LockOf(file));
            if (answer != LockAnswer.Refused || tries == MostLockTries)
            {
                return held;
            }

            cancellationToken.WaitHandle.WaitOne(BetweenLockTries);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private void MakeBookkeeping()
    {
        FolderMaker.Ensure(_disk, _folder.Bookkeeping);
        CacheTag.Ensure(_disk, _folder.Bookkeeping, _folder.Bookkeeping);
        MarkerFile.Ensure(_disk, Path.Combine(_folder.Bookkeeping, ".gitignore"), "*"u8, _folder.Bookkeeping);
    }

    /// <summary>Of names that are one file where case does not count, the first has it.</summary>
    private void RefuseCollisions(IReadOnlyList<Placement> files)
    {
        IGrouping<string, Placement>[] groups =
            [.. files
                .GroupBy(file => file.Name.Value.Normalize().ToUpperInvariant(), StringComparer.Ordinal)
                .Where(group => group.Count() > 1)];
        if (groups.Length == 0 || !_rules.IsCaseIgnored())
        {
            return;
        }

        foreach (IGrouping<string, Placement> names in groups)
        {
            foreach (Placement second in names.Skip(1))
            {
                second.Error = new HubCacheException(
                    HubErrorCode.InvalidFileName,
                    $"'{second.Name}' and '{names.First().Name}' are one file in '{_folder.FullName}', where case does not count; the "
                        + $"first has it.",
                    second.Name.Value,
                    "Use the file from the cache, or choose a -Destination where case counts.");
            }
        }
    }

    private static async Task EachAsync(
        IReadOnlyCollection<Placement> files, Action<Placement, CancellationToken> action, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            files,
            options,
            (file, token) =>
            {
                Do([file], () => action(file, token));
                return ValueTask.CompletedTask;
            }).ConfigureAwait(false);
    }

    /// <summary>Does something for some files; what fails is their error.</summary>
    private static bool Do(Placement[] files, Action action)
    {
        HubCacheException error;
        try
        {
            action();
            return true;
        }
        catch (DiskException e)
        {
            error = Explain(e);
        }
        catch (HubCacheException e)
        {
            error = e;
        }
        finally
        {
            foreach (Placement file in files)
            {
                file.Times?.End();
            }
        }

        foreach (Placement file in files)
        {
            file.Error = error;
        }

        return false;
    }

    private static HubCacheException Explain(DiskException e) => DiskErrors.ToHubError(e, "choose another -Destination");
}
