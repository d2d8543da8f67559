using HubCache.Platform;
using HubCache.Platform.Windows;
using Xunit;

namespace HubCache.Tests.Platform;

/// <summary>What the Windows side makes of paths and error numbers: text and tables, the same on every system.</summary>
public sealed class WindowsRulesOfTextTests
{
    [Theory]
    [InlineData(@"C:\models\hub", @"\\?\C:\models\hub")]
    [InlineData(@"C:/models/hub", @"\\?\C:\models\hub")]
    [InlineData(@"D:\", @"\\?\D:\")]
    [InlineData(@"D:", @"\\?\D:\")]
    [InlineData(@"\\server\share", @"\\?\UNC\server\share")]
    [InlineData(@"\\server\share\hub\", @"\\?\UNC\server\share\hub\")]
    [InlineData(@"\\?\C:\models", @"\\?\C:\models")]
    [InlineData(@"\\?\UNC\server\share", @"\\?\UNC\server\share")]
    [InlineData(@"\\.\pipe\x", @"\\.\pipe\x")]
    public void APathOfAnyLengthHasItsPrefixOnce(string path, string expected) => Assert.Equal(expected, WindowsPath.OfFull(path));

    [Theory]
    [InlineData(2, nameof(DiskError.NotFound))]
    [InlineData(3, nameof(DiskError.NotFound))]
    [InlineData(5, nameof(DiskError.AccessDenied))]
    [InlineData(1314, nameof(DiskError.AccessDenied))]
    [InlineData(32, nameof(DiskError.Busy))]
    [InlineData(33, nameof(DiskError.Busy))]
    [InlineData(1224, nameof(DiskError.Busy))]
    [InlineData(39, nameof(DiskError.NoSpace))]
    [InlineData(112, nameof(DiskError.NoSpace))]
    [InlineData(1295, nameof(DiskError.QuotaExceeded))]
    [InlineData(17, nameof(DiskError.CrossDevice))]
    [InlineData(19, nameof(DiskError.ReadOnly))]
    [InlineData(80, nameof(DiskError.Exists))]
    [InlineData(183, nameof(DiskError.Exists))]
    [InlineData(145, nameof(DiskError.NotEmpty))]
    [InlineData(267, nameof(DiskError.NotAFolder))]
    [InlineData(1142, nameof(DiskError.TooManyLinks))]
    [InlineData(123, nameof(DiskError.BadName))]
    [InlineData(206, nameof(DiskError.BadName))]
    [InlineData(53, nameof(DiskError.Other))]
    [InlineData(64, nameof(DiskError.Stale))]
    [InlineData(121, nameof(DiskError.Stale))]
    [InlineData(1231, nameof(DiskError.Stale))]
    [InlineData(1117, nameof(DiskError.InputOutput))]
    [InlineData(1, nameof(DiskError.NotSupported))]
    [InlineData(50, nameof(DiskError.NotSupported))]
    public void EachErrorNumberHasItsMeaning(int number, string expected)
        => Assert.Equal(expected, WindowsErrors.ErrorOf(number).ToString());

    [Theory]
    [InlineData(53)]
    [InlineData(67)]
    [InlineData(5)]
    [InlineData(64)]
    public void AServerThatIsAwayIsNotAFileThatIsGone(int number) => Assert.False(WindowsErrors.IsMissing(number));
}
