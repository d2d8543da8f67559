using HubCache.Ownership;
using HubCache.Platform;
using Microsoft.Win32.SafeHandles;

namespace HubCache.Maintenance.Packing;

/// <summary>An open file of the disk as a stream to read from, for what takes nothing but streams.</summary>
internal sealed class DiskInput(Disk disk, SafeFileHandle file, string path) : OneWayStream
{
    private long _offset;

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        int read = buffer.IsEmpty ? 0 : disk.Read(file, buffer, _offset, path);
        _offset += read;
        return read;
    }
}

/// <summary>A temp as a stream to write to.</summary>
internal sealed class TempOutput(Temp temp) : OneWayStream
{
    public override bool CanWrite => true;

    public override void Write(ReadOnlySpan<byte> buffer) => temp.Append(buffer);
}

/// <summary>What streams have in common that go one way, from the beginning to the end.</summary>
internal abstract class OneWayStream : Stream
{
    public override bool CanRead => false;

    public override bool CanWrite => false;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
