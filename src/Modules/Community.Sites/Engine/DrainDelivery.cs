using Community.Kernel;

namespace Community.Sites;

/// <summary>Before maintenance: a delivery server takes nothing new; afterwards it takes part again.</summary>
public sealed class DrainDelivery(EngineConsole engine, Operators operators, ConsoleLog log)
{
    /// <summary>A name that is longer is none of a delivery server.</summary>
    const int MaxName = 100;

    /// <returns>Anything but <see cref="EngineWord.Answered"/>: nothing was changed.</returns>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<EngineWord> Set(Reader actor, string server, bool draining, CancellationToken ct)
    {
        await operators.Require(actor, ct);
        if (server.Length is 0 or > MaxName) return EngineWord.NotFound;
        var word = await engine.Drain(server, draining, ct);
        // Dies here: it is drained, and said nowhere. Drained again, it is written down.
        if (word is EngineWord.Answered)
            await log.Add(draining ? ConsoleLog.Drained : ConsoleLog.Undrained, server, CancellationToken.None);
        return word;
    }
}
