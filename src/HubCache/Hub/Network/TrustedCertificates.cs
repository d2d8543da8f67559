using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HubCache.Hub.Network;

/// <summary>The authorities that the environment names in place of the system's store.</summary>
internal static class TrustedCertificates
{
    // A folder of them is read in about 100 ms, as long as a thousand hits take: a session reads each path once, unless it changes.
    private static readonly ConcurrentDictionary<string, (DateTime Modified, X509Certificate2Collection Found)> Known =
        new(StringComparer.Ordinal);

    /// <summary>How a certificate is checked against them. Revocation is not asked for, as .NET's client does not by itself.</summary>
    /// <exception cref="HubCacheException"><see cref="HubErrorCode.InvalidOption"/>: there are none, or they cannot be read.</exception>
    public static X509ChainPolicy Policy(CertificateSource source)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        foreach (CertificatePath path in source.Paths)
        {
            policy.CustomTrustStore.AddRange(Read(path));
        }

        return policy;
    }

    private static X509Certificate2Collection Read(CertificatePath path)
    {
        try
        {
            DateTime modified = File.GetLastWriteTimeUtc(path.Path);
            if (Known.TryGetValue(path.Path, out (DateTime Modified, X509Certificate2Collection Found) known) && known.Modified == modified)
            {
                return known.Found;
            }

            X509Certificate2Collection found = Directory.Exists(path.Path) ? OfFolder(path.Path) : OfFile(path.Path);
            Known[path.Path] = found.Count > 0 ? (modified, found) : throw Refusal(path, "holds no certificate");
            return found;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refusal(path, e is FileNotFoundException or DirectoryNotFoundException ? "is not there" : "cannot be read");
        }
        catch (CryptographicException)
        {
            throw Refusal(path, "holds something that is no certificate");
        }
    }

    private static X509Certificate2Collection OfFolder(string folder)
    {
        // As OpenSSL does it: a folder may hold other things beside.
        var all = new X509Certificate2Collection();
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            try
            {
                all.AddRange(OfFile(file));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
            }
        }

        return all;
    }

    private static X509Certificate2Collection OfFile(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        var found = new X509Certificate2Collection();
        string text = System.Text.Encoding.Latin1.GetString(bytes);
        if (text.Contains("-----BEGIN", StringComparison.Ordinal))
        {
            found.ImportFromPem(text);
        }
        else if (bytes.Length > 0)
        {
            found.Add(new X509Certificate2(bytes));
        }

        return found;
    }

    private static HubCacheException Refusal(CertificatePath path, string what)
    {
        return new HubCacheException(
            HubErrorCode.InvalidOption,
            $"{path.Variable} names '{path.Path}', which {what}.",
            path.Variable,
            $"Name a file (or a folder) of certificates in PEM form with {path.Variable}, or unset it to trust the system's store.");
    }
}
