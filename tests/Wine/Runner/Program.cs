using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;
using System.Text.Json;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace HubCache.WineRunner;

/// <summary>
/// <c>Runner assembly results.jsonl class</c>: runs the tests of one class, writes a line of JSON for each, and prints the counts.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        string beside = AppContext.BaseDirectory;
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            Path.Combine(beside, name.Name + ".dll") is string path && File.Exists(path) ? context.LoadFromAssemblyPath(path) : null;
        Assembly assembly = Assembly.LoadFrom(Path.GetFullPath(arguments[0]));
        using var sink = new Sink(arguments[1]);
        using var framework = new XunitTestFramework(sink) { SourceInformationProvider = new NoSource() };
        using ITestFrameworkDiscoverer discoverer = framework.GetDiscoverer(Reflector.Wrap(assembly));
        discoverer.Find(includeSourceInformation: false, sink, new Options());
        sink.Discovered.Wait();
        ITestCase[] cases = [.. sink.Cases.Where(test => test.DisplayName.Contains($".{arguments[2]}.", StringComparison.Ordinal))];
        using ITestFrameworkExecutor executor = framework.GetExecutor(assembly.GetName());
        executor.RunTests(cases, sink, new Options());
        sink.Finished.Wait();
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{sink.Passed} passed, {sink.Failed} failed, {sink.Skipped} skipped"));

        // A test may have left a thread at work.
        Environment.Exit(sink.Failed > 0 ? 1 : 0);
        return 0;
    }

    private sealed class NoSource : ISourceInformationProvider
    {
        public void Dispose()
        {
        }

        public ISourceInformation GetSourceInformation(ITestCase testCase) => new SourceInformation();
    }

    private sealed class Options : ITestFrameworkDiscoveryOptions, ITestFrameworkExecutionOptions
    {
        private readonly Dictionary<string, object?> _values = new() { ["xunit.execution.MaxParallelThreads"] = 2 };

        public TValue GetValue<TValue>(string name) => _values.TryGetValue(name, out object? value) ? (TValue)value! : default!;

        public void SetValue<TValue>(string name, TValue value) => _values[name] = value;
    }

    private sealed class Sink(string path) : IMessageSink, IDisposable
    {
        private readonly StreamWriter _log = new(path) { AutoFlush = true };

        public ManualResetEventSlim Discovered { get; } = new();

        public ManualResetEventSlim Finished { get; } = new();

        public List<ITestCase> Cases { get; } = [];

        public int Passed { get; private set; }

        public int Failed { get; private set; }

        public int Skipped { get; private set; }

        public bool OnMessage(IMessageSinkMessage message)
        {
            lock (_log)
            {
                switch (message)
                {
                    case ITestCaseDiscoveryMessage found:
                        Cases.Add(found.TestCase);
                        break;
                    case IDiscoveryCompleteMessage:
                        Discovered.Set();
                        break;
                    case ITestPassed test:
                        Passed++;
                        Say("Passed", test.Test.DisplayName, null, null);
                        break;
                    case ITestSkipped test:
                        Skipped++;
                        Say("Skipped", test.Test.DisplayName, [test.Reason], null);
                        break;
                    case ITestFailed test:
                        Failed++;
                        Say("Failed", test.Test.DisplayName, test.Messages, test.StackTraces);
                        break;
                    case IErrorMessage error:
                        Failed++;
                        Say("Failed", "(outside of a test)", error.Messages, error.StackTraces);
                        break;
                    case ITestAssemblyFinished:
                        Finished.Set();
                        break;
                }
            }

            return true;
        }

        public void Dispose() => _log.Dispose();

        private void Say(string result, string name, string?[]? messages, string?[]? traces)
            => _log.WriteLine(JsonSerializer.Serialize(new { Result = result, Name = name, Messages = messages, Traces = traces }));
    }
}
