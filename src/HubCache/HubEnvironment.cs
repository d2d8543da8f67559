namespace HubCache;

/// <summary>The <c>HF_*</c> environment as huggingface_hub reads it (constants.py, utils/_auth.py).</summary>
public static class HubEnvironment
{
    /// <summary>The options that the environment asks for.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: a value that cannot be used, or no home folder.</exception>
    public static HubOptions Read() => throw new NotImplementedException();

    /// <summary>The cache folder that the environment asks for.</summary>
    public static string CachePath() => throw new NotImplementedException();
}
