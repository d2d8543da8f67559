namespace HubCache.Tests.Maintenance;

/// <summary>Permission bits, for tests that make no sense where there are none.</summary>
internal static class Mode
{
    public static void Set(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }
}
