namespace HubCache.Tests.Support;

internal static class Until
{
    public static async Task TrueAsync(Func<bool> condition)
    {
        for (int waited = 0; !condition(); waited += 5)
        {
            if (waited > 30_000)
            {
                throw new TimeoutException();
            }

            await Task.Delay(5);
        }
    }
}
