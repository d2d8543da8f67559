namespace HubCache.Platform;

/// <summary>
/// What the system answered when asked for an advisory lock. <see cref="Granted"/> proves nothing: some mounts grant to everybody.
/// </summary>
internal enum LockAnswer
{
    Granted,
    Refused,
    Unsupported,
}
