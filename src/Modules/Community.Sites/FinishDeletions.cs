using Community.Kernel;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Community.Sites;

/// <summary>Goes on with deletions of which somebody beyond this process does not know yet, until they do.</summary>
public sealed class FinishDeletions(DeleteSite delete, ILogger<FinishDeletions> logger) : BackgroundService
{
    static readonly TimeSpan again = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
            try
            {
                await Task.Delay(again, stoppingToken);
                if (delete.IsUntold) await delete.FinishAll(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
            // What was begun stays marked in the catalogue: the next start, or a person who deletes it again, goes on with it.
            catch (Exception error) { logger.LogError("A deletion could not be finished: {Error}", UntrustedText.Trace(error)); }
    }
}
