namespace Bench;

/// <summary>A way to bring the file here.</summary>
internal interface IDownload
{
    string Name { get; }

    /// <summary>Downloads into an empty folder, and returns the seconds that it took.</summary>
    Task<double> RunAsync(string folder, CancellationToken cancellationToken);

    /// <summary>The most bytes that the process which downloads ever had in memory.</summary>
    long PeakMemory();
}
