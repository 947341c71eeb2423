using Community.Kernel;

namespace Community.Mailing;

/// <summary>A mailing is reserved, or reserved for another time.</summary>
public sealed record MailingReserved(long MailingId, DateTime StartAt) : SiteEvent;

/// <summary>A reserved mailing is a draft again.</summary>
public sealed record MailingTakenBack(long MailingId) : SiteEvent;

/// <summary>A mailing began to go out.</summary>
public sealed record MailingStarted(long MailingId) : SiteEvent;

/// <summary>A mailing does not go on by itself.</summary>
/// <param name="MailingId">Which.</param>
/// <param name="State">Paused by staff; suspended or overdue: a person has to decide.</param>
public sealed record MailingStopped(long MailingId, MailingState State) : SiteEvent;

/// <summary>A mailing that had stopped goes on.</summary>
public sealed record MailingResumed(long MailingId) : SiteEvent;

/// <summary>A mailing was cancelled: who has not got it by now does not get it.</summary>
public sealed record MailingCancelled(long MailingId) : SiteEvent;

/// <summary>Every recipient of a mailing has an outcome. It may be resumed, and finish again, when staff send to some once more.</summary>
public sealed record MailingFinished(long MailingId) : SiteEvent;

/// <summary>Which event a mailing's change of state is: the same whoever changed it, staff or the sender.</summary>
static class MailingEvents
{
    /// <summary>Publishes what became of a mailing, in the transaction of the next save. Tests are no news.</summary>
    /// <param name="db">The site's database.</param>
    /// <param name="mailing">As it is now.</param>
    /// <param name="before">Its state before.</param>
    public static void Publish(this SiteDb db, Mailing mailing, MailingState before)
    {
        if (!mailing.IsTest && Of(mailing, before) is { } happened) db.Publish(happened);
    }

    static SiteEvent? Of(Mailing mailing, MailingState before) =>
        mailing.State switch
        {
            MailingState.Scheduled => new MailingReserved(mailing.Id, mailing.StartAt!.Value),
            MailingState.Draft when before is not MailingState.Draft => new MailingTakenBack(mailing.Id),
            MailingState.Paused or MailingState.Suspended or MailingState.Overdue => new MailingStopped(mailing.Id, mailing.State),
            MailingState.Expanding when before is MailingState.Scheduled => new MailingStarted(mailing.Id),
            MailingState.Expanding or MailingState.Running when before is MailingState.Paused or MailingState.Suspended
                or MailingState.Finished => new MailingResumed(mailing.Id),
            MailingState.Cancelling => new MailingCancelled(mailing.Id),
            MailingState.Cancelled when before is not MailingState.Cancelling => new MailingCancelled(mailing.Id),
            MailingState.Finished => new MailingFinished(mailing.Id),
            _ => null,
        };
}
