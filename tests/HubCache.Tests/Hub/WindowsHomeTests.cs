using Xunit;

namespace HubCache.Tests.Hub;

/// <summary>The home folder on Windows, as Python finds it.</summary>
public sealed class WindowsHomeTests
{
    [Theory]
    [InlineData(@"C:\Users\me", null, null, @"/c/Users/me", @"C:\Users\me")]
    [InlineData(null, "D:", @"\me", "/home/me", @"D:\me")]
    [InlineData(null, null, @"\me", "/home/me", @"\me")]
    [InlineData(null, "D:", null, "/home/me", null)]
    public void HomeHasNoSay(string? profile, string? drive, string? path, string home, string? expected)
    {
        Assert.Equal(expected, HubEnvironment.WindowsHome(name => name switch
        {
            "USERPROFILE" => profile,
            "HOMEDRIVE" => drive,
            "HOMEPATH" => path,
            "HOME" => home,
            _ => null,
        }));
    }

    [Theory]
    [InlineData("me", @"C:\Users\me", @"C:\Users\me")]
    [InlineData("you", @"C:\Users\me", @"C:\Users\you")]
    [InlineData("you", @"C:\Users\me.DOMAIN", null)]
    public void AnothersHomeLiesBesideOnesOwn(string user, string profile, string? expected)
        => Assert.Equal(
            expected, HubEnvironment.WindowsHomeOf(user, name => name switch { "USERPROFILE" => profile, "USERNAME" => "me", _ => null }));
}
