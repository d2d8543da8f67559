using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using HubCache.Retry;

namespace HubCache.PowerShell;

/// <summary>A load context for Polly alone, so that another module may bring another version of it.</summary>
/// <remarks>
/// The default context asks us for HubCache.Retry and for nothing else. Answering for Polly.Core there would hand our version to a
/// module that brought its own, or the other way round, whoever came first.
/// </remarks>
internal sealed class RetryContext : AssemblyLoadContext
{
    private const string RetryAssembly = "HubCache.Retry";
    private static int s_isHooked;

    private readonly string _folder;

    private RetryContext(string folder)
        : base(RetryAssembly) => _folder = folder;

    /// <summary>Hooks the context up, once in a process however often the module is imported.</summary>
    public static void Hook()
    {
        if (Interlocked.Exchange(ref s_isHooked, 1) == 0)
        {
            var context = new RetryContext(Path.Combine(Path.GetDirectoryName(typeof(RetryContext).Assembly.Location)!, "lib"));
            Default.Resolving += (_, name) => name.Name == RetryAssembly ? context.LoadFromAssemblyName(name) : null;
        }
    }

    /// <summary>Polly's retries. Not inlined, so that no method asks for the assembly before the hook is there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IRetryPolicy NewRetryPolicy() => new PollyRetryPolicy();

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName) => assemblyName.Name switch
    {
        RetryAssembly or "Polly.Core" => LoadFromAssemblyPath(Path.Combine(_folder, assemblyName.Name + ".dll")),
        "HubCache" => typeof(IRetryPolicy).Assembly,
        _ => null,
    };
}
