namespace FakeHub;

/// <summary>What some requests come to.</summary>
/// <param name="Requests">How many there were.</param>
/// <param name="BytesSent">Bytes of their bodies that the socket has taken.</param>
/// <param name="MostAtOnce">How many were being answered at one time, at most.</param>
/// <param name="Methods">How many there were of each method.</param>
public sealed record RequestTally(int Requests, long BytesSent, int MostAtOnce, IReadOnlyDictionary<string, int> Methods)
{
    public static RequestTally Of(IEnumerable<LoggedRequest> requests)
    {
        LoggedRequest[] all = [.. requests];
        return new RequestTally(
            all.Length,
            all.Sum(request => request.BodyBytes),
            PeakOf(all),
            all.GroupBy(request => request.Method).ToDictionary(group => group.Key, group => group.Count()));
    }

    private static int PeakOf(IReadOnlyCollection<LoggedRequest> requests)
    {
        // A request that ends when another begins was not there together with it: ends come first.
        IEnumerable<(long Time, int Step)> steps = requests
            .SelectMany(request => ((long, int)[])[(request.Began, 1), (request.Ended, -1)])
            .Order();
        int now = 0;
        int most = 0;
        foreach ((_, int step) in steps)
        {
            now += step;
            most = Math.Max(most, now);
        }
        return most;
    }
}
