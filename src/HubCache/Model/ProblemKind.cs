namespace HubCache.Model;

/// <summary>What can be wrong with a cache. The names are what <see cref="CacheProblem.Kind"/> says.</summary>
internal enum ProblemKind
{
    /// <summary>A blob whose bytes do not have the hash that its name promises.</summary>
    CorruptBlob,

    /// <summary>A blob whose length is not the one that its commit's tree says; its bytes were not hashed.</summary>
    WrongSize,

    /// <summary>Something in the place of a blob that is no file, or a link to nothing.</summary>
    BrokenBlob,

    /// <summary>A blob that is a link to a place outside the cache, where no clean-up reaches it.</summary>
    BlobOutside,

    /// <summary>A name in a snapshot whose blob is not there.</summary>
    DanglingLink,

    /// <summary>A name in a snapshot that leads to another blob than its file's, or to something that is no blob.</summary>
    WrongLink,

    /// <summary>A name in a snapshot that leads to a file that is not the cache's.</summary>
    LinkOutside,

    /// <summary>A name in a snapshot that leads to its blob by an absolute path, which breaks when the cache is moved.</summary>
    AbsoluteLink,

    /// <summary>A name in a snapshot that leads to its blob by a way that other clients do not understand.</summary>
    OddLink,

    /// <summary>A file in a snapshot, in the place of a link, whose bytes are not the file's.</summary>
    WrongCopy,

    /// <summary>A folder, a pipe or the like in the place of a file.</summary>
    NotAFile,

    /// <summary>A file, or a link to nothing, in the place of a folder.</summary>
    NotAFolder,

    /// <summary>A folder without which other clients refuse the repo.</summary>
    MissingFolder,

    /// <summary>A file of the commit whose blob is there, and whose name is not in the snapshot.</summary>
    MissingLink,

    /// <summary>A file of the commit that the snapshot does not have. Perhaps it was never asked for.</summary>
    MissingFile,

    /// <summary>A ref that holds no commit, or is no file.</summary>
    BadRef,

    /// <summary>A ref that holds more than its commit, which huggingface_hub does not understand.</summary>
    UntidyRef,

    /// <summary>A ref to a commit of which there is no snapshot.</summary>
    DanglingRef,

    /// <summary>A listing of a commit that cannot be read, or that contradicts itself or the blobs.</summary>
    BadTree,

    /// <summary>A listing in a form that this version does not know.</summary>
    UnknownTree,

    /// <summary>A snapshot without a listing, where it has to be known which files it should have.</summary>
    MissingTree,

    /// <summary>A mark that the commit has no such file, which is none or is wrong.</summary>
    BadNoExist,

    /// <summary>A file or folder that its owner, or the users who share the cache, cannot use.</summary>
    WrongPermission,

    /// <summary>Something that could not be read, so that it is not known whether it is right.</summary>
    Unreadable,

    /// <summary>Something that no client of the Hub puts there.</summary>
    ForeignFile,

    /// <summary>A partial download or another leftover that has no live owner.</summary>
    Leftover,
}
