namespace Bench;

/// <summary>One thing that is measured, with its demand.</summary>
internal interface ICase
{
    string Title { get; }

    /// <summary>What is missing here to run it, in plain words; null when nothing is.</summary>
    string? WhyNot(Options options);

    /// <summary>Measures, prints, and says whether the demand is met.</summary>
    Task<bool> RunAsync(Options options, CancellationToken cancellationToken);
}
