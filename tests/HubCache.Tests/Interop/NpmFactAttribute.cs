using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace HubCache.Tests.Interop;

/// <summary>A test that is skipped where the client from npm is not to be had.</summary>
/// <remarks>Decided when it runs: a skip set by the attribute would install the client even for a run of other tests.</remarks>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("HubCache.Tests.Interop.NpmFactDiscoverer", "HubCache.Tests")]
public sealed class NpmFactAttribute : FactAttribute;

public sealed class NpmFactDiscoverer(IMessageSink diagnostics) : IXunitTestCaseDiscoverer
{
    public IEnumerable<IXunitTestCase> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute)
    {
        return [new NpmTestCase(
            diagnostics, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod)];
    }
}

public sealed class NpmTestCase : XunitTestCase
{
    [Obsolete("Called by the deserializer.", error: true)]
    public NpmTestCase()
    {
    }

    public NpmTestCase(IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method)
        : base(diagnostics, display, options, method)
    {
    }

    public override Task<RunSummary> RunAsync(
        IMessageSink diagnosticMessageSink,
        IMessageBus messageBus,
        object[] constructorArguments,
        ExceptionAggregator aggregator,
        CancellationTokenSource cancellationTokenSource)
    {
        SkipReason ??= NpmClient.WhyNot;
        return base.RunAsync(diagnosticMessageSink, messageBus, constructorArguments, aggregator, cancellationTokenSource);
    }
}
