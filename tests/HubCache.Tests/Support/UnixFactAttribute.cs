using Xunit;

namespace HubCache.Tests.Support;

/// <summary>A test that needs Unix: its programs, its paths, or its calls under another system's rules.</summary>
public sealed class UnixFactAttribute : FactAttribute
{
    public const string Reason = "It needs a Unix system.";

    public UnixFactAttribute() => Skip = OperatingSystem.IsWindows() ? Reason : null;
}

/// <summary>The same for several cases.</summary>
public sealed class UnixTheoryAttribute : TheoryAttribute
{
    public UnixTheoryAttribute() => Skip = OperatingSystem.IsWindows() ? UnixFactAttribute.Reason : null;
}
