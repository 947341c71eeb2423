using System.Text.Json.Serialization;

namespace Community.Bulk;

/// <summary>How the engine is, for the operator's console. Names no recipient: numbers, domains, and keys of sites.</summary>
/// <remarks>All moments are the ledger's, in UTC. Written as JSON by any delivery control.</remarks>
/// <param name="Now">When it was asked.</param>
/// <param name="Life">Rises when the ledger was set back.</param>
/// <param name="Outbox">Facts that wait for the broker.</param>
/// <param name="OutboxAge">Seconds that the oldest of them has waited.</param>
/// <param name="IsBrokerThere">Whether the broker answered this control the last time it asked.</param>
/// <param name="DeadLetters">Messages in the queue of dead letters; null while the broker does not answer. Then it
/// is not written: who knows only numbers, as web servers of an older version, reads 0 and not an error.</param>
/// <param name="Minutes">The last hour, each minute, the oldest first.</param>
public sealed record EngineOverview(
    DateTime Now,
    long Life,
    int Outbox,
    int OutboxAge,
    bool IsBrokerThere,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? DeadLetters,
    IReadOnlyList<QueueFigures> Queues,
    IReadOnlyList<ServerFigures> Servers,
    IReadOnlyList<OfferFigures> Offers,
    IReadOnlyList<AnswerFigures> Minutes
);

/// <param name="Messages">That nobody has been handed yet.</param>
public sealed record QueueFigures(string Name, long Messages, long Readers);

public enum ServerState
{
    Alive,

    /// <summary>Alive, takes nothing new.</summary>
    Draining,

    /// <summary>Draining, and nothing is in hand any more: it can be switched off.</summary>
    Empty,

    /// <summary>Ended as it should.</summary>
    Stopped,

    /// <summary>Not heard of: what it leased comes back to the others.</summary>
    Lost,
}

/// <summary>A delivery server.</summary>
/// <param name="Run">Its epoch.</param>
/// <param name="Leased">Recipients in hand whose message is not begun.</param>
/// <param name="InFlight">Recipients whose final dot may have left.</param>
/// <param name="BackAt">When the last lease of a lost server has run out; null if it holds nothing.</param>
/// <param name="Report">What it said last of itself; null if it never did.</param>
public sealed record ServerFigures(
    string Name,
    ServerState State,
    bool IsDraining,
    long Run,
    DateTime SeenAt,
    int Leased,
    int InFlight,
    DateTime? BackAt,
    ServerReport? Report
);

/// <summary>What a delivery server says of itself every few seconds.</summary>
/// <param name="Connections">Messages that it may send at once.</param>
/// <param name="Busy">Messages that it sends now.</param>
/// <param name="PerSecond">Messages of all outcomes.</param>
/// <param name="Waiting">Recipients that it has leased and not begun.</param>
/// <param name="AwayUntil">The relay turned it away: it rests until then.</param>
/// <param name="AwayCode">What the relay said last.</param>
/// <param name="Destinations">Those that rest or are held to fewer messages at once than others, the fullest first.</param>
public sealed record ServerReport(
    DateTime StartedAt,
    bool IsStopped,
    int Connections,
    int Busy,
    double PerSecond,
    int Waiting,
    DateTime? AwayUntil,
    int? AwayCode,
    IReadOnlyList<HeldDestination> Destinations
)
{
    public const int MaxDestinations = 100;
}

/// <param name="Name">A domain, hosts, or a rule of the operator: then with a space before its name.</param>
/// <param name="Limit">Messages at once.</param>
/// <param name="Waiting">Recipients in the server's memory.</param>
public sealed record HeldDestination(string Name, DateTime? RestsUntil, int Limit, int InFlight, int Waiting);

/// <summary>Answers in a minute or an hour.</summary>
/// <param name="Deferred">4xx, or the connection was turned away with 421.</param>
/// <param name="Away">No connection, or it was lost before the message was handed over.</param>
public sealed record AnswerFigures(DateTime At, int Accepted, int Deferred, int Rejected, int Ambiguous, int Away)
{
    public int All => Accepted + Deferred + Rejected + Ambiguous + Away;
}

public enum OfferHold
{
    /// <summary>It is being sent.</summary>
    None,
    Incomplete,
    NoGo,
    NotYet,
    Paused,

    /// <summary>The site has not said for too long who has unsubscribed.</summary>
    Suppressions,
    Frozen,
    Withdrawing,

    /// <summary>No delivery server is there to take it.</summary>
    NoServer,

    /// <summary>Everybody who is left has been put off by their mail servers.</summary>
    Deferred,
    Ended,
}

/// <summary>A mailing at the engine.</summary>
/// <param name="Id">The ledger's number of the offer.</param>
/// <param name="Total">Recipients; 0 before all parts are here.</param>
/// <param name="Hold">Why it is not being sent.</param>
/// <param name="NextAt">If everybody left was put off: when the first is tried again.</param>
/// <param name="StartDelay">Seconds between its time and the first message; of one that is late, so far; null before its time.</param>
/// <param name="Share">Of the messages of the last two minutes, 0 to 1; null if there were none.</param>
/// <param name="FairShare">What its weight gives it among those that are being sent; null if it is not.</param>
/// <param name="PerMinute">Messages of all outcomes a minute, over the last five.</param>
public sealed record OfferFigures(
    long Id,
    string Site,
    Guid Mailing,
    int Rev,
    OfferState State,
    OfferHold Hold,
    DateTime? StartAt,
    DateTime? StartedAt,
    DateTime? EndedAt,
    DateTime? SendUntil,
    DateTime? NextAt,
    int? StartDelay,
    int Total,
    int Accepted,
    int Rejected,
    int Suppressed,
    int Expired,
    int Ambiguous,
    int InFlight,
    int Limit,
    double PerMinute,
    double? Share,
    double? FairShare
)
{
    public int Settled => Accepted + Rejected + Suppressed + Expired + Ambiguous;

    /// <summary>Without an outcome.</summary>
    public int Open => State is OfferState.Ended ? 0 : Math.Max(0, Total - Settled);

    /// <summary>Ended without having been sent to.</summary>
    public int Released => State is OfferState.Ended ? Math.Max(0, Total - Settled) : 0;

    /// <summary>When it is done, if it goes on as in the last minutes; null if nothing goes on, or all who are left were put off.</summary>
    public DateTime? EndsAt(DateTime now) =>
        Hold is OfferHold.None && Open > 0 && PerMinute > 0 ? now.AddMinutes(Math.Min(Open / PerMinute, 60 * 24 * 30)) : null;
}

/// <summary>A mailing, minute by minute.</summary>
/// <param name="Later">Recipients who are tried again later, up to <see cref="MaxLater"/>.</param>
/// <param name="Minutes">Of the last hour in which anything was settled, at most 60.</param>
public sealed record OfferDetail(DateTime Now, OfferFigures Offer, int Later, IReadOnlyList<AnswerFigures> Minutes)
{
    public const int MaxLater = 10_000;
}

/// <summary>A delivery server, minute by minute.</summary>
public sealed record ServerDetail(DateTime Now, ServerFigures Server, IReadOnlyList<AnswerFigures> Minutes);

/// <summary>Where mail goes: a domain of recipients, with its answers of a day.</summary>
/// <param name="Domain">Empty for all that are not named, because there were too many.</param>
/// <param name="Destination">What it shares connections and pace with: hosts, or a rule of the operator with a space before its
/// name.</param>
/// <param name="Later">Recipients who are tried again later, up to <see cref="MaxLater"/>.</param>
/// <param name="NextAt">When the first of them is tried again.</param>
/// <param name="RestsUntil">Delivery servers leave it alone until then.</param>
/// <param name="Limit">The fewest messages at once that a server allows it; null if none holds it back.</param>
/// <param name="Code">Of the last answer that was no success; null if it never answered so.</param>
/// <param name="Answer">Its words, without what may name a recipient.</param>
public sealed record DestinationFigures(
    string Domain,
    string Destination,
    AnswerFigures Day,
    int Later,
    DateTime? NextAt,
    DateTime? RestsUntil,
    int? Limit,
    int? Code,
    string? Enhanced,
    string? Answer,
    DateTime? AnsweredAt
)
{
    public const int MaxLater = 1000;
}

/// <param name="HasMore">There are more than are shown.</param>
public sealed record DestinationList(DateTime Now, bool HasMore, IReadOnlyList<DestinationFigures> Destinations);

/// <summary>A destination, hour by hour.</summary>
/// <param name="Hours">The last two days, the oldest first.</param>
public sealed record DestinationDetail(DateTime Now, DestinationFigures Destination, IReadOnlyList<AnswerFigures> Hours);

/// <summary>Why a message became a dead letter. The message itself is in the broker's queue.</summary>
/// <param name="Schema">Empty if nobody could read it.</param>
public sealed record DeadLetterFigures(DateTime At, string Queue, string Schema, string? Site, Guid? Mailing, string Reason);

/// <param name="InQueue">Messages in the broker's queue of dead letters; null if the broker is away.</param>
/// <param name="Letters">The newest first, at most 100.</param>
public sealed record DeadLetterList(
    DateTime Now,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? InQueue,
    IReadOnlyList<DeadLetterFigures> Letters
);
