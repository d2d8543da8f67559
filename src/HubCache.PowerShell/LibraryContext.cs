using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using HubCache.Codecs;
using HubCache.Retry;

namespace HubCache.PowerShell;

/// <summary>
/// A load context for an assembly of ours and the libraries that it needs, so that another module may bring other versions of them.
/// </summary>
/// <remarks>
/// The default context asks us for our own assembly and for nothing else. Answering for a library there would hand our version to a
/// module that brought its own, or the other way round, whoever came first.
/// </remarks>
internal sealed class LibraryContext : AssemblyLoadContext
{
    private static int s_isHooked;

    private readonly string _folder;
    private readonly string[] _libraries;

    private LibraryContext(string folder, string assembly, string[] libraries)
        : base(assembly) => (_folder, _libraries) = (folder, libraries);

    /// <summary>Hooks the contexts up, once in a process however often the module is imported. Nothing is loaded by that.</summary>
    public static void Hook()
    {
        if (Interlocked.Exchange(ref s_isHooked, 1) == 0)
        {
            Hook("HubCache.Retry", "Polly.Core");
            Hook("HubCache.Codecs", "K4os.Compression.LZ4", "Blake3");
        }
    }

    /// <summary>Polly's retries. Not inlined, so that no method asks for the assembly before the hook is there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IRetryPolicy NewRetryPolicy() => new PollyRetryPolicy();

    /// <summary>LZ4 and BLAKE3, which only files in Xet need.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IXetCodecs NewCodecs() => new XetCodecs();

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        return assemblyName.Name == "HubCache" ? typeof(IRetryPolicy).Assembly
            : assemblyName.Name == Name || _libraries.Contains(assemblyName.Name)
                ? LoadFromAssemblyPath(Path.Combine(_folder, assemblyName.Name + ".dll"))
            : null;
    }

    private static void Hook(string assembly, params string[] libraries)
    {
        string folder = Path.Combine(Path.GetDirectoryName(typeof(LibraryContext).Assembly.Location)!, "lib");
        LibraryContext? context = null;
        Default.Resolving += (_, name) =>
            name.Name == assembly ? (context ??= new LibraryContext(folder, assembly, libraries)).LoadFromAssemblyName(name) : null;
    }
}
