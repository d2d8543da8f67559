using System.Management.Automation;
using HubCache.Names;

namespace HubCache.PowerShell;

/// <summary>The one place where the engine's errors become PowerShell's.</summary>
internal static class ErrorRecords
{
    /// <summary>A record whose id is the code's name, with a target and what to do.</summary>
    public static ErrorRecord From(HubCacheException error)
    {
        var record = new ErrorRecord(error, error.Code.ToString(), Category(error.Code), error.Target)
        {
            ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = error.Advice },
        };

        // The target itself stays exact; what is shown of it is part of the message.
        record.CategoryInfo.TargetName = PlainText.Of(record.CategoryInfo.TargetName);
        return record;
    }

    private static ErrorCategory Category(HubErrorCode code) => code switch
    {
        HubErrorCode.InvalidRepoId or HubErrorCode.InvalidRevision or HubErrorCode.InvalidFileName or HubErrorCode.InvalidOption
            => ErrorCategory.InvalidArgument,
        HubErrorCode.RepoNotFound or HubErrorCode.RevisionNotFound or HubErrorCode.HubFileNotFound or HubErrorCode.NotCached
            or HubErrorCode.CacheNotFound
            => ErrorCategory.ObjectNotFound,
        HubErrorCode.TokenInvalid => ErrorCategory.AuthenticationError,
        HubErrorCode.ProxyRefused => ErrorCategory.PermissionDenied,
        HubErrorCode.CertificateInvalid => ErrorCategory.SecurityError,
        HubErrorCode.GatedRepo or HubErrorCode.RepoDisabled or HubErrorCode.ReadOnlyCache => ErrorCategory.PermissionDenied,
        HubErrorCode.RateLimited => ErrorCategory.LimitsExceeded,
        HubErrorCode.TransferTimeout => ErrorCategory.OperationTimeout,
        HubErrorCode.HubUnreachable => ErrorCategory.ConnectionError,
        HubErrorCode.HubProtocolError => ErrorCategory.ProtocolError,
        HubErrorCode.HashMismatch or HubErrorCode.InvalidArchive => ErrorCategory.InvalidData,
        HubErrorCode.CacheWriteFailed => ErrorCategory.WriteError,
        HubErrorCode.LinkedFolder => ErrorCategory.SecurityError,
        HubErrorCode.CacheReadFailed => ErrorCategory.ReadError,
        HubErrorCode.OfflineNotCached => ErrorCategory.ResourceUnavailable,
        _ => ErrorCategory.NotSpecified,
    };
}
