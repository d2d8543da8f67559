using Xunit;

namespace HubCache.Tests.Interop;

[CollectionDefinition(Name)]
public sealed class NpmGroup : ICollectionFixture<NpmClient>
{
    public const string Name = "npm";
}
