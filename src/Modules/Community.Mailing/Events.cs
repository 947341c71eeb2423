using Community.Kernel;

namespace Community.Mailing;

/// <summary>A mailing was scheduled, or rescheduled.</summary>
public sealed record MailingReserved(long MailingId, DateTime StartAt) : SiteEvent;

/// <summary>A scheduled mailing went back to draft.</summary>
public sealed record MailingTakenBack(long MailingId) : SiteEvent;

/// <summary>A reserved mailing waits for a second person to approve it.</summary>
public sealed record MailingApprovalAsked(long MailingId, DateTime StartAt) : SiteEvent;

/// <summary>A mailing started.</summary>
public sealed record MailingStarted(long MailingId) : SiteEvent;

/// <summary>A mailing stopped and will not continue by itself.</summary>
/// <param name="MailingId">The mailing.</param>
/// <param name="State">Paused: stopped by staff. Suspended or overdue: a person has to decide.</param>
public sealed record MailingStopped(long MailingId, MailingState State) : SiteEvent;

/// <summary>A stopped mailing continues.</summary>
public sealed record MailingResumed(long MailingId) : SiteEvent;

/// <summary>A mailing was cancelled: recipients who have not received it yet will not.</summary>
public sealed record MailingCancelled(long MailingId) : SiteEvent;

/// <summary>Every recipient of a mailing has an outcome. If staff send to some again, it resumes and finishes again.</summary>
public sealed record MailingFinished(long MailingId) : SiteEvent;

/// <summary>Maps a mailing's state changes to events, whether staff or the sender made them.</summary>
static class MailingEvents
{
    /// <summary>Publishes a mailing's state change, in the transaction of the next save. Test mailings publish nothing.</summary>
    /// <param name="db">The site's database.</param>
    /// <param name="mailing">The mailing in its new state.</param>
    /// <param name="before">Its previous state.</param>
    public static void Publish(this SiteDb db, Mailing mailing, MailingState before)
    {
        // Pauses, resumptions and stops reach the engine from here, whoever made them.
        if (mailing.Holder is MailingHolder.Engine) db.Schedule(HandOffs.Queue, db.Now);
        if (!mailing.IsTest && Of(mailing, before) is { } happened) db.Publish(happened);
    }

    static SiteEvent? Of(Mailing mailing, MailingState before) =>
        mailing.State switch
        {
            MailingState.Scheduled => new MailingReserved(mailing.Id, mailing.StartAt!.Value),
            MailingState.Approving => new MailingApprovalAsked(mailing.Id, mailing.StartAt!.Value),
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
