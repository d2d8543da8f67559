using System.Runtime.InteropServices;
using System.Text;
using HubCache.Platform;
using HubCache.Platform.Windows;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Tests.Support;

/// <summary>
/// The system calls of Windows, done by Linux, with the rules of Windows that the engine has to keep: so they are tested on every system.
/// </summary>
/// <remarks>
/// A path without the prefix for long ones is an error, a flush needs a handle that may write, and what is unknown has no identity.
/// </remarks>
internal sealed class LinuxAsWindows : WindowsCalls
{
    private const int TooManyLinks = 1142;
    private readonly UnixDisk _unix = new();
    private readonly HashSet<SafeFileHandle> _readOnly = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<SafeFileHandle, string> _paths = new(ReferenceEqualityComparer.Instance);

    /// <summary>The calls in order, by name.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>The number that a call answers in place of doing it; null to do it.</summary>
    public Func<string, string, int?> Answer { get; set; } = (_, _) => null;

    /// <summary>Whether the file system tells files apart.</summary>
    public bool HasIdentities { get; init; } = true;

    public override int Open(string path, uint access, uint share, uint disposition, uint flags, out SafeFileHandle file)
    {
        string name = Unix(path);
        file = new SafeFileHandle(-1, ownsHandle: true);
        if (Note("Open", name) is int number)
        {
            return number;
        }

        bool isThere = Path.Exists(name) || new FileInfo(name).LinkTarget is not null;
        if (disposition == CreateNew && isThere)
        {
            return 80;
        }

        if (disposition == OpenExisting && !isThere)
        {
            return Directory.Exists(Path.GetDirectoryName(name)) ? WindowsErrors.FileNotFound : WindowsErrors.PathNotFound;
        }

        bool mayWrite = (access & (GenericWrite | AddFile)) != 0;
        bool isFolder = Directory.Exists(name);
        if (isFolder && (flags & BackupSemantics) == 0)
        {
            return WindowsErrors.AccessDenied;
        }

        const int CloseOnExec = 0x80000;
        const int NoFollow = 0x20000;
        const int PathOnly = 0x200000;
        int descriptor = OpenFile(
            Bytes(name),
            CloseOnExec | (mayWrite && !isFolder ? 2 : 0) | (disposition == OpenExisting ? 0 : 0x40)
                | ((flags & OpenReparsePoint) != 0 ? NoFollow | (mayWrite ? 0 : PathOnly) : 0),
            0x1B6);
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeError() switch
            {
                2
                => WindowsErrors.FileNotFound,
                40 => WindowsErrors.CannotResolveName,
                _ => WindowsErrors.AccessDenied
            };
        }

        file = new SafeFileHandle(descriptor, ownsHandle: true);
        _paths[file] = name;
        if (!mayWrite)
        {
            _readOnly.Add(file);
        }

        return 0;
    }

    public override int Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset, out int written)
    {
        // One call need not write all.
        written = Math.Min(bytes.Length, 3);
        _unix.Write(file, bytes[..written], offset, string.Empty);
        return 0;
    }

    public override int Read(SafeFileHandle file, Span<byte> buffer, long offset, out int read)
    {
        using SafeFileHandle again = _unix.OpenForReading(_paths[file], followLink: true);
        read = _unix.Read(again, buffer, offset, string.Empty);
        return read == 0 ? WindowsErrors.HandleAtEnd : 0;
    }

    public override int Flush(SafeFileHandle file)
        => Note("Flush", _paths[file]) ?? (_readOnly.Contains(file) ? WindowsErrors.AccessDenied : 0);

    public override int Look(SafeFileHandle file, out FileInformation facts)
    {
        FileFacts unix = _unix.Look(file, string.Empty);
        facts = new FileInformation
        {
            Attributes = unix.Kind switch { FileKind.Folder => 0x10u, FileKind.Link => 0x400u, _ => 0x20u },
            LengthLow = (uint)unix.Length,
            LengthHigh = (uint)(unix.Length >> 32),
            Modified = unix.Modified.ToFileTimeUtc(),
            Accessed = unix.Accessed.ToFileTimeUtc(),
            Links = unix.Links,
        };
        return 0;
    }

    public override int LookUpId(SafeFileHandle file, out FileId id)
    {
        id = HasIdentities ? new FileId { Volume = 1, Low = (ulong)_unix.Look(file, string.Empty).Identity.GetHashCode() | 1 } : default;
        return 0;
    }

    public override int LookUpTag(SafeFileHandle file, out uint tag)
    {
        tag = 0xA000_000C;
        return 0;
    }

    public override int Set(SafeFileHandle file, int kind, ReadOnlySpan<byte> information)
    {
        string from = _paths[file];
        if (Note($"Set{kind}", from) is int number)
        {
            return number;
        }

        switch (kind)
        {
            case 3 or 22:
                int length = BitConverter.ToInt32(information[16..]);
                string to = Unix(Encoding.Unicode.GetString(information.Slice(20, length)));
                File.Move(from, to, overwrite: true);
                _paths[file] = to;
                return 0;
            case 4 or 21:
                File.Delete(from);
                return 0;
            default:
                return WindowsErrors.NotSupported;
        }
    }

    public override int Move(string from, string to, uint flags)
    {
        if (Note("Move", Unix(from)) is int number)
        {
            return number;
        }

        File.Move(Unix(from), Unix(to), overwrite: true);
        return 0;
    }

    public override int DeletePath(string path)
    {
        if (Note("DeletePath", Unix(path)) is int number)
        {
            return number;
        }

        File.Delete(Unix(path));
        return 0;
    }

    public override int MakeFolder(string path)
    {
        string name = Unix(path);
        if (Path.Exists(name))
        {
            return WindowsErrors.AlreadyExists;
        }

        if (!Directory.Exists(Path.GetDirectoryName(name)))
        {
            return WindowsErrors.PathNotFound;
        }

        Directory.CreateDirectory(name);
        return 0;
    }

    public override int MakeSymbolicLink(string path, string target, uint flags)
    {
        if (Note("MakeSymbolicLink", Unix(path)) is int number)
        {
            return number;
        }

        File.CreateSymbolicLink(Unix(path), target.Replace('\\', '/'));
        return 0;
    }

    public override int MakeHardLink(string path, string existing)
    {
        if (Note("MakeHardLink", Unix(path)) is int number)
        {
            return number;
        }

        return Link(Bytes(Unix(existing)), Bytes(Unix(path))) == 0 ? 0 : TooManyLinks;
    }

    public override int FreeRoom(string folder, out long free)
    {
        free = 1000;
        return Note("FreeRoom", Unix(folder)) ?? (folder.EndsWith('\\') ? 0 : WindowsErrors.InvalidParameter);
    }

    public override int LookUpPath(SafeFileHandle file, out string path)
    {
        path = @"\\?\C:" + _paths[file].Replace('/', '\\');
        return 0;
    }

    public override uint DriveType(string root) => root == @"C:\" ? 3u : 1u;

    private static string Unix(string path)
    {
        return path.StartsWith(@"\\?\", StringComparison.Ordinal) && !path.Contains('/')
            ? path[4..].Replace('\\', '/')
            : throw new InvalidOperationException($"'{path}' would end at 260 characters.");
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int OpenFile(byte[] path, int flags, int mode);

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    private static extern int Link(byte[] existing, byte[] path);

    private static byte[] Bytes(string path) => Encoding.UTF8.GetBytes(path + '\0');

    private int? Note(string call, string path)
    {
        Calls.Add(call);
        return Answer(call, path);
    }
}
