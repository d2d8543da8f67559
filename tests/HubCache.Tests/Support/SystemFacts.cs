using Xunit;

namespace HubCache.Tests.Support;

/// <summary>A test that needs Linux: its programs, or its calls under another system's rules.</summary>
public sealed class LinuxFactAttribute : FactAttribute
{
    public const string Reason = "It needs Linux.";

    public LinuxFactAttribute() => Skip = OperatingSystem.IsLinux() ? null : Reason;
}

/// <summary>The same for several cases.</summary>
public sealed class LinuxTheoryAttribute : TheoryAttribute
{
    public LinuxTheoryAttribute() => Skip = OperatingSystem.IsLinux() ? null : LinuxFactAttribute.Reason;
}

/// <summary>A test of the Windows side: with the calls of Windows there, with those of Linux under its rules here.</summary>
public sealed class LinuxOrWindowsFactAttribute : FactAttribute
{
    public LinuxOrWindowsFactAttribute()
        => Skip = OperatingSystem.IsLinux() || OperatingSystem.IsWindows() ? null : "It needs Linux or Windows.";
}
