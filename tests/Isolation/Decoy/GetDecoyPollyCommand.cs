using System.Diagnostics;
using System.Management.Automation;
using Polly;
using Polly.Retry;

namespace Decoy;

/// <summary>Uses Polly as any module would, with the assembly beside its own, and says which version that was.</summary>
[Cmdlet(VerbsCommon.Get, "DecoyPolly")]
[OutputType(typeof(string))]
public sealed class GetDecoyPollyCommand : PSCmdlet
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        ResiliencePipeline pipeline = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions { MaxRetryAttempts = 2, Delay = TimeSpan.Zero })
            .Build();
        int attempts = 0;
        pipeline.Execute(() =>
        {
            if (++attempts < 2)
            {
                throw new InvalidOperationException("Once more.");
            }
        });
        WriteObject(FileVersionInfo.GetVersionInfo(typeof(ResiliencePipeline).Assembly.Location).FileVersion);
    }
}
