namespace Community.Mailing;

/// <summary>
/// draft → scheduled → expanding → running ⇄ paused → finished; scheduled → overdue; running → suspended;
/// from every state that is not an end → cancelling → cancelled.
/// </summary>
public enum MailingState { Draft, Scheduled, Expanding, Running, Paused, Suspended, Overdue, Cancelling, Cancelled, Finished }

/// <summary>Why a mailing stopped by itself and waits for a person.</summary>
public enum StopReason
{
    /// <summary>Its time passed by more than <see cref="MailingSettings.LateAfter"/> while no server was running.</summary>
    Late,
    /// <summary>Its kind of mail was deleted.</summary>
    KindGone,
    /// <summary>A group or kind of mail that chooses its recipients was deleted.</summary>
    AudienceGone,
    /// <summary>
    /// It holds a merge field of a feature that was switched off: <see cref="Mailing.StopText"/> names it, if it was running already.
    /// </summary>
    FieldGone,
    /// <summary>The relay could not be reached for days.</summary>
    RelayAway,
    /// <summary>The relay refused us: <see cref="Mailing.StopText"/> has its words.</summary>
    Refused,
}

/// <summary>One message to many members: who, what, when, and how far it is.</summary>
public sealed class Mailing
{
    public const int MaxSubjectLength = 200, MaxTextLength = 60_000;

    public long Id { get; set; }
    /// <summary>The key of the form that made it: posted twice, it is made once.</summary>
    public Guid FormKey { get; set; }
    /// <summary>The mailing that this one tests: one message to the member of staff who asked.</summary>
    public long? TestOfId { get; set; }
    public long KindId { get; set; }
    public string Subject { get; set; } = "";
    /// <summary>Markdown with merge fields.</summary>
    public string Text { get; set; } = "";
    /// <summary>An <see cref="Mailing.Audience"/> as JSON.</summary>
    public string AudienceJson { get; set; } = "{}";
    public MailingState State { get; set; }
    /// <summary>Moves with every edit, and when it is reserved or taken back: who saves an older one is told.</summary>
    public int Rev { get; set; } = 1;
    /// <summary>Who moved it last, and when.</summary>
    public long RevisedBy { get; set; }
    public DateTime RevisedAt { get; set; }

    /// <summary>It goes as soon as it is confirmed.</summary>
    public bool AtOnce { get; set; }
    /// <summary>
    /// The wall clock that was chosen, <c>2026-11-28T08:00</c>. Null where it goes at once, and in a draft whose time nobody has decided.
    /// </summary>
    public string? LocalTime { get; set; }
    /// <summary>The zone of the site when it was chosen.</summary>
    public string? Zone { get; set; }
    public DateTime? StartAt { get; set; }

    public long CreatedBy { get; set; }
    public DateTime CreatedAt { get; set; }
    public long? ScheduledBy { get; set; }
    public DateTime? ScheduledAt { get; set; }
    public DateTime? StartedAt { get; set; }
    public DateTime? EndedAt { get; set; }
    /// <summary>Who last paused, resumed or stopped it.</summary>
    public long? ChangedBy { get; set; }
    /// <summary>Why it stopped by itself; null if it did not.</summary>
    public StopReason? StopReason { get; set; }
    /// <summary>The relay's words, where it refused.</summary>
    public string? StopText { get; set; }

    /// <summary>
    /// A <see cref="FrozenContent"/> as JSON, from the start on: whatever is edited or renamed later, everybody reads the same.
    /// </summary>
    public string? Content { get; set; }
    /// <summary>Key of the addresses' hashes in this mailing; deleted when it ends, so that nothing of an address remains.</summary>
    public byte[]? Salt { get; set; }
    /// <summary>Members up to this id are in.</summary>
    public long ReadUpTo { get; set; }
    public int Count { get; set; }
    /// <summary>How many get it; null until the last recipient is in. It cannot run before.</summary>
    public int? Total { get; set; }

    public string Url => "/staff/mailings/" + Id;
    public bool IsTest => TestOfId is not null;
    public Audience Audience
    {
        get => Audience.Parse(AudienceJson);
        set => AudienceJson = value.ToJson();
    }

    public bool CanEdit => !IsTest && (State is MailingState.Draft or MailingState.Scheduled or MailingState.Overdue);
    /// <summary>It was reserved, and then edited: nothing of it is sent until it is confirmed again.</summary>
    public bool TakenBack => State is MailingState.Draft && ScheduledAt is not null;
    public bool TimeIsDecided => AtOnce || LocalTime is not null;
    /// <summary>Reserved, and not begun: it may become a draft again, or go at another time.</summary>
    public bool CanTakeBack => !IsTest && State is MailingState.Scheduled;
    public bool CanPause => State is MailingState.Expanding or MailingState.Running;
    public bool CanResume =>
        State is MailingState.Paused || (State is MailingState.Suspended && StopReason != Community.Mailing.StopReason.AudienceGone);
    public bool CanCancel =>
        State
            is MailingState.Scheduled
                or MailingState.Overdue
                or MailingState.Expanding
                or MailingState.Running
                or MailingState.Paused
                or MailingState.Suspended;
    public bool CanSendLate => State is MailingState.Overdue && StopReason == Community.Mailing.StopReason.Late;
    /// <summary>A recipient of unknown fate, or one whom it could not reach, may be tried once more.</summary>
    public bool CanSendAgain =>
        Salt is not null && (State is MailingState.Running or MailingState.Paused or MailingState.Suspended or MailingState.Finished);
    public bool HasStarted => StartedAt is not null;
    /// <summary>Reserved, and its time is here: the next look at the site starts it.</summary>
    public bool IsDue(DateTime now) => State is MailingState.Scheduled && StartAt <= now;
    /// <summary>As staff see it: one whose time is here counts as begun, though the sender has yet to come by.</summary>
    public MailingState StateAt(DateTime now) => IsDue(now) ? MailingState.Expanding : State;
    /// <summary>Its page changes by itself.</summary>
    public bool IsMoving(DateTime now) =>
        IsDue(now) || State is MailingState.Expanding or MailingState.Running or MailingState.Cancelling;

    /// <summary>Begun, and not over.</summary>
    public static readonly IReadOnlyList<MailingState> UnderWay =
    [
        MailingState.Expanding,
        MailingState.Running,
        MailingState.Paused,
        MailingState.Suspended,
        MailingState.Cancelling,
    ];

    public bool IsOver => State is MailingState.Cancelled or MailingState.Finished;

    /// <summary>The start that was chosen, by the clock of the site as it goes today; null for "at once", or if none was chosen.</summary>
    public StartTime? Start(TimeZoneInfo zone) => LocalTime is { } wall ? StartTime.Resolve(wall, zone) : null;

    /// <summary>Somebody changed it since its reader saw it.</summary>
    /// <param name="rev">The version that was seen.</param>
    /// <param name="over">A newer one that was seen since, and is to be written over.</param>
    public bool HasChangedSince(int rev, int? over = null) => Rev != rev && Rev != over;

    public void Schedule(long by, StartTime? start, string zone, DateTime now)
    {
        (State, ScheduledBy, ScheduledAt, Zone) = (MailingState.Scheduled, by, now, zone);
        (AtOnce, LocalTime, StartAt) = start is null ? (true, null, now) : (false, start.Wanted, start.Utc);
        Revise(by, now);
    }

    /// <summary>Back to a draft, to be edited and reserved again. When it was reserved stays: see <see cref="TakenBack"/>.</summary>
    public void Unschedule(long by, DateTime now)
    {
        (State, StartAt, StopReason, StopText) = (MailingState.Draft, null, null, null);
        Revise(by, now);
    }

    void Revise(long by, DateTime now) => (Rev, RevisedBy, RevisedAt) = (Rev + 1, by, now);

    public void Pause(long by) => (State, ChangedBy) = (MailingState.Paused, by);

    public void Resume(long by) =>
        (State, ChangedBy, StopReason, StopText) = (Total is null ? MailingState.Expanding : MailingState.Running, by, null, null);

    public void Cancel(long by, DateTime now)
    {
        ChangedBy = by;
        State = HasStarted ? MailingState.Cancelling : MailingState.Cancelled;
        if (!HasStarted) EndedAt = now;
    }

    public void SendLate(long by, DateTime now) =>
        (State, ChangedBy, AtOnce, LocalTime, StartAt, StopReason) = (MailingState.Scheduled, by, true, null, now, null);

    /// <summary>Stops a mailing that has begun.</summary>
    /// <param name="text">The relay's words, where it refused.</param>
    public void Suspend(StopReason why, string? text = null) => (State, StopReason, StopText) = (MailingState.Suspended, why, text);

    /// <summary>Does not begin a mailing that was reserved.</summary>
    public void MarkOverdue(StopReason why) => (State, StopReason) = (MailingState.Overdue, why);

    public void Begin(FrozenContent content, DateTime now)
    {
        State = MailingState.Expanding;
        StartedAt = now;
        Content = content.ToJson();
        Salt = System.Security.Cryptography.RandomNumberGenerator.GetBytes(16);
    }

    /// <param name="doubtful">Recipients are left whose fate is unknown, or whom it could not reach: a person may yet send to them again,
    /// and the wall must stand.</param>
    public void End(MailingState end, DateTime now, bool doubtful)
    {
        (State, EndedAt) = (end, now);
        if (!doubtful) ForgetSalt();
    }

    public void Reopen() => (State, EndedAt) = (MailingState.Running, null);

    public void ForgetSalt() => Salt = null;
}
