using System.Diagnostics;
using HubCache.Names;

namespace HubCache.Hub;

/// <summary>Asks the Hub what a file is: its commit, etag, length and place.</summary>
internal sealed class MetadataClient(HubConnection connection, TimeSpan patience)
{
    /// <summary>One HEAD, redirects within the endpoint's host followed (renamed repos) until one says what the file is.</summary>
    /// <exception cref="TransientException">No answer, or one that may be better next time.</exception>
    /// <exception cref="HubCacheException">The Hub's own refusals, or <see cref="HubErrorCode.HubProtocolError"/>.</exception>
    /// <exception cref="UnusableHeadException">The Hub, or a mirror, does not say by HEAD what the file is: its tree may.</exception>
    /// <exception cref="FileMissingException">There is no such file at a commit that is known.</exception>
    public async Task<FileMetadata> GetAsync(
        RepoType type, RepoId repo, Revision revision, HubFileName file, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        Uri address = HubAddress.Resolve(connection.Endpoint, type, repo, revision, file);
        Uri start = address;
        bool mayCarryToken = true;
        var facts = new Facts();
        for (int hops = 0; hops <= Redirects.Most; hops++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, address);
            using HttpResponseMessage response = await connection
                .SendAsync(request, mayCarryToken, patience - Stopwatch.GetElapsedTime(began), cancellationToken)
                .ConfigureAwait(false);
            facts.Add(response);
            if (!Redirects.IsOne(response))
            {
                if ((int)response.StatusCode == 200)
                {
                    return facts.Check(response, revision, location: null);
                }

                Exception error = HubErrors.FromAnswer(response, repo, revision, file, connection.HasToken);
                if (RefusesHead(response))
                {
                    throw new UnusableHeadException((error as TransientException)?.Cause ?? (HubCacheException)error);
                }

                throw error is HubCacheException { Code: HubErrorCode.HubFileNotFound } missing
                    && facts.Commit is CommitHash commit
                    && commit == (revision.Commit ?? commit)
                    ? new FileMissingException(missing, commit)
                    : error;
            }

            Uri next = Redirects.Next(response, connection.Endpoint);
            bool isElsewhere = !HubAddress.StaysOnHost(connection.Endpoint, next) && !HubAddress.SameOrigin(next, address);
            if (isElsewhere && (facts.AreLinked || !Redirects.LeadsToHub(response, next)))
            {
                return facts.Check(response, revision, next);
            }

            if (facts.AreLinked)
            {
                // It leads to the bytes, which the same host has too: whoever keeps them may not answer a HEAD.
                return facts.Check(response, revision, location: null);
            }

            mayCarryToken &= HubAddress.SameOrigin(next, connection.Endpoint);
            address = next;
        }

        throw Redirects.TooMany(start);
    }

    /// <summary>Whether the method is refused: by a server that is not a Hub, since a Hub takes a HEAD.</summary>
    private static bool RefusesHead(HttpResponseMessage response)
        => (int)response.StatusCode is 405 or 501
            || ((int)response.StatusCode == 403 && !AnswerFacts.Of(response, withToken: false).IsHubs);

    /// <summary>What the answers along the way said; a later one beats an earlier one.</summary>
    private sealed class Facts
    {
        // By git's SHA-1 and by SHA-256.
        private static readonly string[] EmptyFiles =
            ["e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"];

        private string? _commit;
        private string? _linkedETag;
        private string? _linkedLength;
        private string? _xetHash;

        public CommitHash? Commit => CommitHash.TryParse(_commit);

        /// <summary>Whether it was said what the file behind a redirect is.</summary>
        public bool AreLinked => _commit is not null && _linkedETag is not null && _linkedLength is not null;

        public void Add(HttpResponseMessage response)
        {
            _commit = HubHeaders.Get(response, "X-Repo-Commit") ?? _commit;
            _linkedETag = HubHeaders.Get(response, "X-Linked-Etag") ?? _linkedETag;
            _linkedLength = HubHeaders.Get(response, "X-Linked-Size") ?? _linkedLength;
            _xetHash = HubHeaders.Get(response, "X-Xet-Hash") ?? _xetHash;
        }

        public FileMetadata Check(HttpResponseMessage last, Revision revision, Uri? location)
        {
            Uri address = last.RequestMessage!.RequestUri!;
            CommitHash commit = Commit
                ?? throw (_commit is null
                    ? Unusable(address, "there is no X-Repo-Commit")
                    : HubErrors.Nonsense(address, "X-Repo-Commit is no commit hash"));
            if (revision.Commit is CommitHash asked && asked != commit)
            {
                throw HubErrors.Nonsense(address, $"asked for commit {asked}, it answers for {commit}");
            }

            string? etagText = _linkedETag ?? HubHeaders.Get(last, "ETag");
            ETag etag = ETag.TryParseHeader(etagText)
                ?? throw Unusable(address, etagText is null ? "there is no ETag" : "the ETag is neither a SHA-256 nor a git SHA-1");

            // A redirect's own Content-Length is that of its page, and a coded body's is not the file's.
            string? lengthText =
                _linkedLength ?? (location is null && HubHeaders.IsIdentity(last) ? HubHeaders.Get(last, "Content-Length") : null);
            long length = HubHeaders.Length(lengthText)
                ?? throw (lengthText is null
                    ? Unusable(address, "the file's length is not said")
                    : HubErrors.Nonsense(address, "the file's length is no number"));
            return length > 0 || EmptyFiles.Contains(etag.Value)
                ? new FileMetadata(commit, etag, length, location, etag.IsSha256 ? XetHash.TryParse(_xetHash) : null)
                : throw Unusable(address, "a length of 0 does not fit the ETag");
        }

        private static UnusableHeadException Unusable(Uri address, string what) => new(HubErrors.Nonsense(address, what));
    }
}

/// <summary>A HEAD that does not say what the file is.</summary>
internal sealed class UnusableHeadException(HubCacheException error) : Exception(error.Message, error)
{
    /// <summary>The error as the caller sees it when the tree does not say it either.</summary>
    public HubCacheException Error { get; } = error;
}

/// <summary>The Hub has no such file, and says at which commit: worth remembering.</summary>
internal sealed class FileMissingException(HubCacheException error, CommitHash commit) : Exception(error.Message, error)
{
    public HubCacheException Error { get; } = error;

    public CommitHash Commit { get; } = commit;
}
