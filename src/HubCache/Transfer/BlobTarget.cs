using HubCache.Ownership;

namespace HubCache.Transfer;

/// <summary>What a transfer is to produce.</summary>
/// <param name="ETag">The name and hash of the blob.</param>
/// <param name="Length">Bytes.</param>
/// <param name="NewTemp">Makes an empty temp to fill.</param>
/// <param name="Progress">Told how far it is.</param>
internal sealed record BlobTarget(ETag ETag, long Length, Func<Temp> NewTemp, FileProgress Progress);

/// <summary>How patient a transfer is.</summary>
/// <param name="Retries">Runs attempts.</param>
/// <param name="Limits">How often and how long without progress.</param>
/// <param name="AlreadyWaited">What the file has cost in patience before its first byte.</param>
/// <param name="Idle">How long without a single byte, once the first has come.</param>
/// <param name="FirstByte">How long the first byte of an answer may take.</param>
internal sealed record TransferRules(
    IRetryPolicy Retries, RetryLimits Limits, TimeSpan Idle, TimeSpan FirstByte, TimeSpan AlreadyWaited = default)
{
    // However long the metadata took, one retry of the bytes is fair.
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(20);

    /// <summary>The limits until the first progress.</summary>
    public RetryLimits FirstLimits
    {
        get
        {
            TimeSpan left = Limits.Patience - AlreadyWaited;
            return Limits with { Patience = left > LeastPatience ? left : LeastPatience };
        }
    }
}
