namespace HubCache;

/// <summary>Where certificates of authorities lie that are trusted in place of the system's.</summary>
/// <param name="Paths">Files and folders, at least one; all of them count.</param>
public sealed record CertificateSource(IReadOnlyList<CertificatePath> Paths);

/// <summary>A file or a folder of certificates.</summary>
/// <param name="Variable">The environment variable that names it.</param>
/// <param name="Path">The path, absolute.</param>
public sealed record CertificatePath(string Variable, string Path);
