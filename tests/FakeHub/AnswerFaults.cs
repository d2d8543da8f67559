namespace FakeHub;

/// <summary>The faults that hold up, replace or relabel an answer, whatever it would have been.</summary>
internal static class AnswerFaults
{
    private const string CaptivePortal =
        "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Welcome to the network</h1></body></html>";

    /// <summary>True: the request has been answered.</summary>
    public static async Task<bool> ApplyAsync(Exchange exchange)
    {
        IReadOnlyList<ArmedFault> faults = exchange.Server.Faults.Take(exchange.Entry, fault => !fault.ActsOnContent);
        foreach (ArmedFault armed in faults)
        {
            switch (armed.Fault.Kind)
            {
                case FaultKind.Delay:
                    await Task.Delay(armed.Fault.Milliseconds, exchange.Gone);
                    break;
                case FaultKind.Barrier:
                    await armed.WaitAtBarrierAsync(exchange.Gone);
                    break;
                case FaultKind.HeaderOverride:
                    exchange.Response.OnStarting(() =>
                    {
                        SetHeaders(exchange, armed.Fault);
                        return Task.CompletedTask;
                    });
                    break;
            }
        }
        Fault? replacement = faults.Select(armed => armed.Fault).FirstOrDefault(IsReplacement);
        if (replacement is null)
        {
            return false;
        }
        await ReplaceAsync(exchange, replacement);
        return true;
    }

    public static Task ReplaceAsync(Exchange exchange, Fault fault)
    {
        SetHeaders(exchange, fault);
        return fault.Kind switch
        {
            FaultKind.Status or FaultKind.Crowded => exchange.SendTextAsync(fault.StatusCode, fault.Body ?? $"Ordered: {fault.StatusCode}"),
            FaultKind.Redirect => exchange.RedirectAsync(fault.StatusCode == 0 ? 302 : fault.StatusCode, fault.Location ?? "/"),
            FaultKind.RedirectLoop => exchange.RedirectAsync(302, exchange.Path + exchange.Query),
            _ => exchange.SendAsync(200, "text/html; charset=utf-8", CaptivePortal),
        };
    }

    private static bool IsReplacement(Fault fault)
        => fault.Kind is FaultKind.Status or FaultKind.HtmlPage or FaultKind.Redirect or FaultKind.RedirectLoop;

    private static void SetHeaders(Exchange exchange, Fault fault)
    {
        foreach ((string name, string? value) in fault.Headers ?? new Dictionary<string, string?>())
        {
            if (value is null)
            {
                exchange.Response.Headers.Remove(name);
            }
            else
            {
                exchange.Response.Headers[name] = value;
            }
        }
    }
}
