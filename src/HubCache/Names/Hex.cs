namespace HubCache.Names;

internal static class Hex
{
    public static bool IsLower(string text, int length)
    {
        return text.Length == length && text.All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f'));
    }
}
