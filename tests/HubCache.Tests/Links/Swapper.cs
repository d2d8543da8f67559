using System.Globalization;

namespace HubCache.Tests.Links;

/// <summary>
/// Exchanges folders and links that lead out of the cache for each other, as fast as it can: another user of a shared cache, who watches
/// for the moment between a look and a write.
/// </summary>
internal sealed class Swapper : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread[] _threads;
    private long _swaps;

    /// <param name="canary">Where the links lead.</param>
    /// <param name="places">The folders. One that is missing is left alone until it is there.</param>
    /// <param name="aside">A folder on the same file system to keep folders and links in while the other one is in its place.</param>
    public Swapper(Canary canary, IEnumerable<string> places, string aside)
    {
        Directory.CreateDirectory(aside);
        _threads = [.. places.Select(
            (place, number) => new Thread(() => Run(canary, place, Path.Combine(aside, number.ToString(CultureInfo.InvariantCulture)))))];
        foreach (Thread thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>How long to swap: a few seconds, or what the environment says for a run in full.</summary>
    public static TimeSpan Duration { get; } = TimeSpan.FromSeconds(
        double.TryParse(Environment.GetEnvironmentVariable("HUBCACHE_SWAP_SECONDS"), CultureInfo.InvariantCulture, out double seconds)
            ? seconds
            : 3);

    public long Swaps => Interlocked.Read(ref _swaps);

    public void Dispose()
    {
        _stop.Cancel();
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        _stop.Dispose();
    }

    private void Run(Canary canary, string place, string aside)
    {
        // Made once and only renamed from then on: it is another user's in every moment in which it can be seen.
        canary.Plant(aside + ".link", isForeign: Canary.IsRoot);
        while (!_stop.IsCancellationRequested)
        {
            if (!TryMove(place, aside + ".folder"))
            {
                Thread.Yield();
                continue;
            }

            bool isLinked = TryMove(aside + ".link", place);
            Thread.SpinWait(2000);
            if (isLinked)
            {
                // Somebody may have removed the link meanwhile, as he may.
                isLinked = TryMove(place, aside + ".link");
                Interlocked.Increment(ref _swaps);
            }

            if (!isLinked && !File.Exists(aside + ".link"))
            {
                canary.Plant(aside + ".link", isForeign: Canary.IsRoot);
            }

            if (!TryMove(aside + ".folder", place))
            {
                TryRemove(aside + ".folder");
            }
        }
    }

    private static bool TryMove(string from, string to)
    {
        try
        {
            Directory.Move(from, to);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void TryRemove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // It is not there.
        }
    }
}
