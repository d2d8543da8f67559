namespace HubCache.Maintenance.Packing;

/// <summary>The kinds of entry that our archives have, by their mark in the header.</summary>
internal enum TarKind
{
    File = '0',
    SymbolicLink = '2',
    Folder = '5',
}

/// <summary>An entry of an archive as it stands there: only text, and no path for a disk.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name; a folder's ends in '/'.</param>
/// <param name="Length">Bytes that follow; 0 for anything but a file.</param>
/// <param name="Target">What a link says; empty for anything else.</param>
internal sealed record TarEntry(TarKind Kind, string Name, long Length = 0, string Target = "");

/// <summary>The bytes are no archive, or none of ours. The message ends the sentence "it …".</summary>
internal sealed class TarFormatException(string message) : Exception(message);
