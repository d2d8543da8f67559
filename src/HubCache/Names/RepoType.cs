namespace HubCache;

/// <summary>The kinds of repo on the Hub.</summary>
public enum RepoType
{
    /// <summary>A model; the type that the Hub's addresses leave out.</summary>
    Model,

    /// <summary>A dataset.</summary>
    Dataset,

    /// <summary>A space.</summary>
    Space,

    /// <summary>A kernel.</summary>
    Kernel,
}
