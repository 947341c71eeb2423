using Community.Bulk;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Who may send to the recipients of a mailing that nobody has a result of yet.</summary>
public enum MailingHolder
{
    WebServers,
    /// <summary>The delivery engine, or the web servers are about to hand it over, or to get it back: they send nothing.</summary>
    Engine,
}

/// <summary>By which way a mailing is sent, as its author chose.</summary>
public enum MailingRoute
{
    /// <summary>By the delivery engine from <see cref="MailingOptions.EngineFrom"/> recipients on.</summary>
    Automatic,
    WebServers,
    Engine,
}

/// <summary>How far a mailing's hand-off to the delivery engine is, as the site knows it: see handoff in docs/delivery.md.</summary>
public enum HandOffState
{
    /// <summary>Recipients are being written down for the engine.</summary>
    Offering,
    /// <summary>All is written down; the engine has not said yet that it has it.</summary>
    Offered,
    /// <summary>The engine has it all. It waits for the go.</summary>
    Accepted,
    /// <summary>The go was given: only the engine knows what was sent.</summary>
    Go,
    /// <summary>Nothing more is to be sent by the engine: rows come back as soon as nobody can send to them there.</summary>
    TakingBack,
    /// <summary>Over: all results are here, or all rows are back.</summary>
    Ended,
}

/// <summary>What becomes of a mailing that comes back before it is over.</summary>
public enum TakeBackReason
{
    ForWebServers,
    /// <summary>To be written anew: a draft again if nothing was sent, else paused.</summary>
    ForEdit,
    /// <summary>The engine is lost for ever: whoever has no result is in doubt.</summary>
    GivenUp,
}

/// <summary>
/// The hand-off of a mailing to the delivery engine. Changed under the lock of the mailing's row. What a <see cref="Rev"/> contains never
/// changes, and one that ended never lives again.
/// </summary>
public sealed class HandOff
{
    /// <summary>Nothing is sent by the engine later than this after the start.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(4);

    /// <summary>A start may be moved by so much without taking the mailing back: recipients must still be tried for days.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromDays(1);

    /// <summary>An engine that is silent for so long after its last moment can be given up: it sends nothing any more.</summary>
    public static readonly TimeSpan GivenUpAfter = TimeSpan.FromDays(1);

    public long MailingId { get; set; }
    /// <summary>What the engine knows the mailing by.</summary>
    public Guid Key { get; set; }
    public HandOffState State { get; set; }
    /// <summary>The number of the offer.</summary>
    public int Rev { get; set; }
    public DateTime OfferedAt { get; set; }
    /// <summary>As the offer says.</summary>
    public DateTime SendUntil { get; set; }
    /// <summary>The last offer for which the engine had forgotten withdrawals that it needs; 0 for none.</summary>
    public int TooOldRev { get; set; }
    public int Chunks { get; set; }
    public int Total { get; set; }
    /// <summary>A go may have reached the engine: written down before it is published.</summary>
    public bool GoTried { get; set; }
    /// <summary>The life of the engine that accepted it.</summary>
    public long Life { get; set; }
    /// <summary>The number of the newest control.</summary>
    public long Seq { get; set; }
    /// <summary>What the newest control says, and when it was written.</summary>
    public string? Wish { get; set; }
    public DateTime? WishedAt { get; set; }

    public TakeBackReason? Why { get; set; }
    public long? TakenBackBy { get; set; }
    public DateTime? TakenBackAt { get; set; }

    /// <summary>The last word of the engine: when, its fact's number, and what it says.</summary>
    public DateTime? HeardAt { get; set; }
    public long FactNo { get; set; }
    public DateTime? Eta { get; set; }
    public OfferState? EngineState { get; set; }
    /// <summary>The newest control that it follows.</summary>
    public long EngineSeq { get; set; }
    public bool EnginePaused { get; set; }
    public int InFlight { get; set; }
    /// <summary>When its first message left.</summary>
    public DateTime? EngineStartedAt { get; set; }
    /// <summary>It follows all withdrawals up to this number.</summary>
    public long EngineDelta { get; set; }

    /// <summary>Why the engine has ended it; null until it has. What it says then of its batches and of what was not sent.</summary>
    public EndReason? EndReason { get; set; }
    public int LastBatch { get; set; }
    public int Released { get; set; }

    /// <summary>When the engine was last asked how it stands.</summary>
    public DateTime? AskedAt { get; set; }

    public bool IsLive => State is not HandOffState.Ended;

    /// <summary>Everything that the site wants has been confirmed.</summary>
    public bool IsConfirmed => EngineSeq >= Seq;

    /// <summary>Whoever has it takes it back alone, at once: the engine cannot have sent anything.</summary>
    public bool IsRevocable => IsLive && !GoTried;

    public bool CanBeGivenUp(DateTime now) =>
        State is HandOffState.TakingBack or HandOffState.Go && GoTried && EndReason is null && now > SendUntil + GivenUpAfter;

    public static readonly IReadOnlyList<HandOffState> Live =
    [
        HandOffState.Offering,
        HandOffState.Offered,
        HandOffState.Accepted,
        HandOffState.Go,
        HandOffState.TakingBack,
    ];

    /// <summary>The first of a mailing.</summary>
    public static HandOff Of(Mailing mailing, DateTime now) =>
        new() { MailingId = mailing.Id, Key = Guid.CreateVersion7(new DateTimeOffset(now, TimeSpan.Zero)) };

    /// <summary>A new offer of the mailing.</summary>
    public void Offer(DateTime start, DateTime now)
    {
        Rev++;
        (State, OfferedAt, SendUntil) = (HandOffState.Offering, now, start + Patience);
        (Chunks, Total, GoTried, Life, Wish, WishedAt) = (0, 0, false, 0, null, null);
        (Why, TakenBackBy, TakenBackAt) = (null, null, null);
        (HeardAt, Eta, EngineState, EnginePaused, InFlight, EngineStartedAt) = (null, null, null, false, 0, null);
        (EndReason, LastBatch, Released, AskedAt, EngineSeq) = (null, 0, 0, null, Seq);
    }

    public void TakeBack(TakeBackReason why, long? by, DateTime now)
    {
        State = HandOffState.TakingBack;
        (Why, TakenBackBy, TakenBackAt) = (why, by, now);
    }
}

/// <summary>A message for the engine: written in the transaction that makes it true, deleted once the broker has confirmed it.</summary>
public sealed class EngineOutboxRow
{
    public long Id { get; set; }
    /// <summary>Null for what is about the site.</summary>
    public long? MailingId { get; set; }
    public int Rev { get; set; }
    /// <summary>Of recipients. Its row stays until the commit is written, which needs all their hashes.</summary>
    public int? ChunkNo { get; set; }
    public string? Hash { get; set; }
    public bool IsControl { get; set; }
    /// <summary>With this the engine may send: not published before <see cref="HandOff.GoTried"/> is committed.</summary>
    public bool IsGo { get; set; }
    /// <summary>As published; null once the broker has it.</summary>
    public byte[]? Body { get; set; }
}

/// <summary>A batch of outcomes that was applied: none is applied twice.</summary>
public sealed class EngineBatch
{
    public long MailingId { get; set; }
    public int Rev { get; set; }
    public int BatchNo { get; set; }
    public required string Hash { get; set; }
}

/// <summary>What is numbered over all hand-offs of the site. One row.</summary>
public sealed class EngineSite
{
    public const long Only = 1;

    public long Id { get; set; }
    /// <summary>The number of the newest withdrawal that was written down for the engine.</summary>
    public long DeltaSeq { get; set; }
    /// <summary>The highest number of a fact that was seen.</summary>
    public long SeenFact { get; set; }
    /// <summary>Up to when withdrawals were looked for.</summary>
    public DateTime? BeatAt { get; set; }
}

/// <summary>The hand-offs in a site's database.</summary>
static class HandOffs
{
    /// <summary>The queue whose workers advance hand-offs and publish what they write.</summary>
    public const string Queue = "mailing.engine";

    /// <summary>Writes a message into the outbox, in the open change.</summary>
    public static EngineOutboxRow Tell(this SiteDb db, EngineMessage message, HandOff? handOff = null, bool isGo = false)
    {
        var row = new EngineOutboxRow
        {
            MailingId = handOff?.MailingId,
            Rev = handOff?.Rev ?? 0,
            ChunkNo = (message as Chunk)?.ChunkNo,
            Hash = message is Chunk ? message.Hash : null,
            IsControl = message is Control,
            IsGo = isGo,
            Body = Wire.Write(message),
        };
        db.EngineOutbox.Add(row);
        db.Schedule(Queue, db.Now);
        return row;
    }

    /// <summary>The row of what is numbered over all hand-offs, locked.</summary>
    public static async Task<EngineSite> LockedEngineSite(this SiteDb db, CancellationToken ct)
    {
        if (await db.Locked<EngineSite>(EngineSite.Only, ct) is { } row)
        {
            // It may have been read before another had numbered something.
            await db.Entry(row).ReloadAsync(ct);
            return row;
        }
        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO engine_sites (id, delta_seq, seen_fact) VALUES ({EngineSite.Only}, 0, 0) ON CONFLICT (id) DO NOTHING", ct);
        return (await db.Locked<EngineSite>(EngineSite.Only, ct))!;
    }
}
