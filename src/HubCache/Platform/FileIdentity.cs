using System.Globalization;

namespace HubCache.Platform;

/// <summary>Which file it is, whatever name it was reached by. One that is not known never equals anything, itself included.</summary>
/// <param name="device">The file system: the device's number on Unix, the volume's serial number on Windows.</param>
/// <param name="high">The upper half of the file's number: 0 on Unix.</param>
/// <param name="low">The lower half: the inode on Unix.</param>
internal readonly struct FileIdentity(ulong device, ulong high, ulong low) : IEquatable<FileIdentity>
{
    /// <summary>Stands for a file that the file system does not tell from others.</summary>
    public static readonly FileIdentity Unknown;

    private readonly ulong _device = device;
    private readonly ulong _high = high;
    private readonly ulong _low = low;

    public bool IsKnown { get; } = true;

    public static bool operator ==(FileIdentity one, FileIdentity other) => one.Equals(other);

    public static bool operator !=(FileIdentity one, FileIdentity other) => !one.Equals(other);

    public bool Equals(FileIdentity other)
        => IsKnown && other.IsKnown && (_device, _high, _low) == (other._device, other._high, other._low);

    public override bool Equals(object? obj) => obj is FileIdentity other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_device, _high, _low);

    public override string ToString()
        => IsKnown ? string.Create(CultureInfo.InvariantCulture, $"{_device:x}:{_high:x}:{_low:x}") : "unknown";
}
