using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FakeHub;

/// <summary>What happens to every request of an origin: log, latency, faults of the answer, then the answer itself.</summary>
internal sealed class OriginApplication(FakeHubServer server, Origin origin) : IHttpApplication<HttpContext>
{
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(HttpContext context)
    {
        var exchange = new Exchange(server, context, origin);
        if (origin == Origin.Hub && exchange.Segments[0] == ControlEndpoints.Prefix)
        {
            await ControlEndpoints.HandleAsync(exchange);
            return;
        }

        using CancellationTokenRegistration stop = server.Stopping.Register(context.Abort);
        server.Log.Add(exchange.Entry);
        try
        {
            await AnswerAsync(exchange);
        }
        catch (OperationCanceledException) when (exchange.Gone.IsCancellationRequested)
        {
            exchange.Entry.Aborted = true;
        }
        finally
        {
            exchange.Entry.End();
            exchange.Entry.Status = context.Response.StatusCode;
            exchange.Entry.Aborted |= exchange.Gone.IsCancellationRequested;
            exchange.Entry.Finished = true;
        }
    }

    private async Task AnswerAsync(Exchange exchange)
    {
        if (server.Options.LatencyMilliseconds > 0)
        {
            await ExactDelay.WaitAsync(TimeSpan.FromMilliseconds(server.Options.LatencyMilliseconds), exchange.Gone);
        }
        if (origin == Origin.Storage && server.Options.StorageLatencyMilliseconds > 0)
        {
            await ExactDelay.WaitAsync(TimeSpan.FromMilliseconds(server.Options.StorageLatencyMilliseconds), exchange.Gone);
        }
        if (await AnswerFaults.ApplyAsync(exchange))
        {
            return;
        }
        if (origin == Origin.Storage && XetEndpoints.IsOne(exchange.Segments))
        {
            await XetEndpoints.HandleAsync(exchange);
            return;
        }
        bool isOfHub = origin == Origin.Hub && !(server.Options.StorageAtHub && exchange.Request.Query.ContainsKey(SignedLinks.Signature));
        await (isOfHub ? HubEndpoints.HandleAsync(exchange) : StorageEndpoints.HandleAsync(exchange));
    }
}
