using System.Net.Http.Headers;
using Microsoft.Win32.SafeHandles;

namespace Race;

/// <summary>
/// How huggingface_hub fetched a file before #4306, where the lock that was to keep the others out says yes to everybody.
/// </summary>
internal static class OldProtocol
{
    /// <summary>A little more than one chunk, so that the slow writer has not written anything yet when the fast one is done.</summary>
    public const long FileLength = Chunk + (2 << 20);

    // What it took from the network before it wrote.
    private const int Chunk = 10 << 20;

    public static async Task<ChildResult> DownloadAsync(ChildOrder order)
    {
        // Here it took the lock, and so did everybody else.
        Directory.CreateDirectory(Path.GetDirectoryName(order.BlobPath)!);
        string incomplete = order.BlobPath + ".incomplete";
        using SafeFileHandle file =
            File.OpenHandle(incomplete, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        await AppendRestAsync(order, file);

        // Its only check: the length.
        long length = RandomAccess.GetLength(file);
        if (length != order.Length)
        {
            return new ChildResult { Error = $"consistency check failed: the file should be of size {order.Length} but has size {length}" };
        }

        File.Move(incomplete, order.BlobPath, overwrite: true);
        return new ChildResult { Sha256 = FileHash.Of(order.BlobPath), Source = "Downloaded" };
    }

    private static async Task AppendRestAsync(ChildOrder order, SafeFileHandle file)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(order.Endpoint, $"{order.Repo}/resolve/main/{order.File}"));
        if (RandomAccess.GetLength(file) is > 0 and long resumeFrom)
        {
            request.Headers.Range = new RangeHeaderValue(resumeFrom, null);
        }

        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using Stream body = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync();
        byte[] chunk = new byte[Chunk];
        for (int read; (read = await body.ReadAtLeastAsync(chunk, Chunk, throwOnEndOfStream: false)) > 0;)
        {
            // At the end of the file, wherever that is by now: what O_APPEND does.
            RandomAccess.Write(file, chunk.AsSpan(0, read), RandomAccess.GetLength(file));
        }
    }
}
