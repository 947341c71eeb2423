namespace Community.Bulk;

/// <summary>What becomes of a message on its queue.</summary>
/// <param name="DeadLetter">Why a person has to look at it; null if it was taken.</param>
public readonly record struct Taken(string? DeadLetter)
{
    public static readonly Taken Done;
}

/// <summary>Takes a command of a site: one transaction, however often and in whatever order it arrives.</summary>
/// <remarks>Acknowledge a message only after this has returned. Each command has a key of its own, so there is no list of messages
/// seen.</remarks>
public sealed class TakeCommand(EngineLedger ledger, EngineLimits limits, EngineKeys? keys = null)
{
    public Task<Taken> Take(EngineMessage command, CancellationToken ct = default) =>
        ledger.Change(
            async change => command switch
            {
                Reserve reserve => await change.Take(reserve, limits, keys ?? EngineKeys.None),
                Chunk chunk => await change.Take(chunk, limits),
                Commit commit => await change.Take(commit, limits),
                Control control => await change.Take(control),
                SuppressDelta delta => await change.Take(delta),
                SuppressBeat beat => await change.Take(beat),
                Ask ask => await change.Take(ask),
                Close close => await change.Take(close),
                SiteGone gone => await change.Take(gone),
                Undeliverable letter => await change.Take(letter),
                _ => new($"{command.Schema} is no command"),
            },
            ct
        );
}

/// <summary>What the engine takes on.</summary>
public sealed record EngineLimits
{
    /// <summary>Recipients that wait or are being sent to, over all sites. A mailing that would exceed it is refused.</summary>
    public long MaxOpenRecipients { get; init; } = 50_000_000;

    /// <summary>Messages a day that the delivery servers send together; for estimates.</summary>
    public long PerDay { get; init; } = 10_000_000;
}
