using System.Threading.Channels;
using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Community.Boards;

/// <summary>
/// Stores what pages showed to members, after the response has been sent: reading never waits for the write gate.
/// If the process dies, what was not stored yet is merely unread again.
/// </summary>
public sealed class ReadingLog(SiteScopes scopes, ILogger<ReadingLog> logger) : BackgroundService
{
    /// <summary>A site that cannot write for a while must not use up the memory.</summary>
    const int MaxWaiting = 10_000;

    readonly record struct Seen(Site Site, long Member, long Topic, IReadOnlyList<int> Numbers);

    readonly Channel<Seen> waiting = Channel.CreateBounded<Seen>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest }
    );

    /// <summary>Records that this request's page shows these posts to the member.</summary>
    public void Shown(HttpContext http, Site site, long member, long topic, IReadOnlyList<int> numbers)
    {
        if (numbers.Count == 0 || !Visit.HasReader(http)) return;
        http.Response.OnCompleted(() => { waiting.Writer.TryWrite(new Seen(site, member, topic, numbers)); return Task.CompletedTask; });
    }

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        await foreach (var seen in waiting.Reader.ReadAllAsync(CancellationToken.None))
        {
            try
            {
                await scopes.Run(
                    seen.Site,
                    s => s.GetRequiredService<MarkRead>().Posts(seen.Member, seen.Topic, seen.Numbers, CancellationToken.None)
                );
            }
            catch (Exception error)
            {
                logger.LogWarning("Site {Site}: what a member read could not be kept: {Error}", seen.Site.Key, UntrustedText.Trace(error));
            }
        }
    }

    public override async Task StopAsync(CancellationToken ct)
    {
        waiting.Writer.TryComplete();
        await base.StopAsync(ct);
    }
}
