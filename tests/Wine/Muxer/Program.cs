using System.Reflection;
using System.Runtime.Loader;

namespace HubCache.WineMuxer;

/// <summary><c>dotnet program.dll arguments</c>.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        string program = Path.GetFullPath(arguments[0]);
        string folder = Path.GetDirectoryName(program)!;
        AppContext.SetData("APP_CONTEXT_BASE_DIRECTORY", folder + Path.DirectorySeparatorChar);
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            Path.Combine(folder, name.Name + ".dll") is string path && File.Exists(path) ? context.LoadFromAssemblyPath(path) : null;
        MethodInfo entry = AssemblyLoadContext.Default.LoadFromAssemblyPath(program).EntryPoint!;
        object? answer = entry.Invoke(null, entry.GetParameters().Length == 0 ? null : [arguments[1..]]);
        return answer is int code ? code : 0;
    }
}
