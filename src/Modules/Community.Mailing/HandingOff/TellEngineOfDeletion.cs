using Community.Bulk;
using Microsoft.Extensions.Logging;

namespace Community.Mailing;

/// <summary>
/// A site is deleted: the engine sends nothing more for it. Its outbox goes with its database, so this is published by itself.
/// </summary>
public sealed class TellEngineOfDeletion(EngineRoutes routes, EngineBroker broker, TimeProvider time, ILogger<TellEngineOfDeletion> logger)
{
    /// <summary>Whoever deletes a site waits for it.</summary>
    static readonly TimeSpan patience = TimeSpan.FromSeconds(5);

    /// <returns>False if the broker has not taken it.</returns>
    public async Task<bool> Of(string key, CancellationToken ct)
    {
        if (!routes.IsThere) return true;
        var gone = new SiteGone { Site = key, At = time.GetUtcNow().UtcDateTime };
        var (exchange, way) = EngineQueues.WayOf(gone);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(patience);
        try
        {
            if (await broker.Publish([new(exchange, way, Wire.Write(gone))], limit.Token) is [true]) return true;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The broker is away.
        }
        logger.LogWarning("Site {Site} is deleted, and the delivery engine has not heard of it yet: it is told again", key);
        return false;
    }
}
