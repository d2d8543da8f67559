using System.Collections.Concurrent;

namespace HubCache.Ownership;

/// <summary>
/// The temps that this process holds open. A temp with our pid that is not listed here was left by an earlier process with the same pid.
/// </summary>
internal static class TempRegister
{
    private static readonly ConcurrentDictionary<string, byte> Names = new(StringComparer.Ordinal);

    public static void Add(string fileName) => Names[fileName] = 0;

    public static void Remove(string fileName) => Names.TryRemove(fileName, out _);

    public static bool Holds(string fileName) => Names.ContainsKey(fileName);
}
