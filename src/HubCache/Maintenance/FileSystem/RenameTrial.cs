using System.Diagnostics;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Maintenance.FileSystem;

/// <summary>
/// Whether a file that is replaced by rename is whole at every moment: that is how a blob, a link and a ref get their names.
/// </summary>
internal static class RenameTrial
{
    private const int Length = 4096;
    private const int Renames = 200;
    private const int Looks = 50;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task<TrialResult> AtomicAsync(TrialPlace place, CancellationToken stop)
    {
        string target = place.At("target");
        place.Fill(target, 0, Length);
        using var done = new CancellationTokenSource();
        int looks = 0;
        Task<string?> reader =
            Task.Run(() => Watch(place.Disk, target, () => Interlocked.Increment(ref looks), done.Token), CancellationToken.None);
        int renames = 0;
        try
        {
            var clock = Stopwatch.StartNew();
            while (!reader.IsCompleted && (renames < Renames || Volatile.Read(ref looks) < Looks) && clock.Elapsed < Patience)
            {
                stop.ThrowIfCancellationRequested();
                string next = place.At("next");
                place.Fill(next, (byte)++renames, Length);
                place.Disk.Rename(next, target);
            }
        }
        finally
        {
            await done.CancelAsync().ConfigureAwait(false);
            await ((Task)reader).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await reader.ConfigureAwait(false) is string flaw
            ? TrialResult.Error($"While a file was replaced by rename, {flaw}. Readers of this cache may meet files that are missing or "
                + $"broken; keep the cache elsewhere.", renames)
            : looks < Looks
                ? TrialResult.Unknown($"In {Patience.TotalSeconds:0} seconds a reader got only {looks} looks at a file that was replaced "
                    + $"{renames} times; none of them was wrong.")
                : TrialResult.Yes($"A file was replaced {renames} times, and each of {looks} looks found it whole: a blob appears at once "
                    + $"or not at all, as seen from this machine.");
    }

    /// <summary>Reads the file again and again; what was wrong with it, or null.</summary>
    private static string? Watch(Disk disk, string path, Action onLook, CancellationToken done)
    {
        byte[] bytes = new byte[Length];
        while (!done.IsCancellationRequested)
        {
            try
            {
                using SafeFileHandle file = disk.OpenForReading(path, followLink: false);
                int length = 0;
                for (int read; length < Length && (read = disk.Read(file, bytes.AsSpan(length), length, path)) > 0; length += read)
                {
                }

                if (length != Length || bytes.AsSpan().IndexOfAnyExcept(bytes[0]) >= 0)
                {
                    return "a reader found a part of it, or a mixture of the old and the new bytes";
                }
            }
            catch (DiskException e)
            {
                return e.Error == DiskError.NotFound ? "there was no file for a moment" : $"reading it failed ({e.Message})";
            }

            onLook();
        }

        return null;
    }
}
