using Bench.Measuring;

namespace Bench.Cases;

/// <summary>Where the downloads of a case go: a folder for each contender, empty each time unless the case is warm.</summary>
internal sealed class Place(string root, DownloadCase plan)
{
    public async Task<T> UseAsync<T>(string contender, Func<string, Task<T>> download)
    {
        string name = string.Concat(contender.Where(char.IsAsciiLetterOrDigit));
        DirectoryInfo folder = Directory.CreateDirectory(Path.Combine(root, plan.Letter, name));
        if (!plan.IsOnDisk)
        {
            FreshMemory.Prepare(folder.FullName, plan.Workload.Length);
        }

        try
        {
            T result = await download(folder.FullName);
            Check(folder);
            return result;
        }
        finally
        {
            if (!plan.IsWarm)
            {
                folder.Delete(recursive: true);
            }
        }
    }

    public void Delete()
    {
        string folder = Path.Combine(root, plan.Letter);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // A contender that is fast because it left something out would win.
    private void Check(DirectoryInfo folder)
    {
        long arrived =
            folder.EnumerateFiles("*", SearchOption.AllDirectories).Where(file => file.LinkTarget is null).Sum(file => file.Length);
        if (arrived < plan.Workload.Length)
        {
            throw new InvalidOperationException($"it brought {arrived} bytes of {plan.Workload.Length}");
        }
    }
}
