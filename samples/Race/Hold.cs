using FakeHub;

namespace Race;

/// <summary>A line that hangs until it is released.</summary>
internal sealed class Hold(FaultList faults, ArmedFault barrier)
{
    public Task ReachedAsync() => Until.TrueAsync(() => barrier.Fired > 0);

    public void Release() => faults.Remove(barrier);
}

internal static class Until
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Waits for a condition, but not forever: what depends on it fails by itself.</summary>
    public static async Task TrueAsync(Func<bool> condition)
    {
        DateTime end = DateTime.UtcNow + Patience;
        while (DateTime.UtcNow < end && !condition())
        {
            await Task.Delay(5);
        }
    }
}
