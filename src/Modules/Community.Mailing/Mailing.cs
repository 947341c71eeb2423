namespace Community.Mailing;

/// <summary>
/// draft → armed → materialising → running ⇄ paused → finished; armed → missed; running → halted;
/// from every state that is not an end → cancelling → cancelled.
/// </summary>
public enum MailingState { Draft, Armed, Materialising, Running, Paused, Halted, Missed, Cancelling, Cancelled, Finished }

/// <summary>One message to many members: who, what, when, and how far it is.</summary>
public sealed class Mailing
{
    /// <summary>
    /// A mailing that could not start for so long, because no server ran, waits for a person: old news at night help nobody.
    /// </summary>
    public static readonly TimeSpan LateAfter = TimeSpan.FromHours(6);
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
    /// <summary>Moves with every edit: who saves an older one is told.</summary>
    public int Rev { get; set; } = 1;

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
    public long? ArmedBy { get; set; }
    public DateTime? ArmedAt { get; set; }
    public DateTime? StartedAt { get; set; }
    public DateTime? EndedAt { get; set; }
    /// <summary>Who last paused, resumed or stopped it.</summary>
    public long? ChangedBy { get; set; }
    /// <summary>
    /// Why it was halted: the server's words; <c>away</c> if there was no server for days; or <c>group</c> as in <see cref="Miss"/>. Why it
    /// was missed: see <see cref="Miss"/>.
    /// </summary>
    public string? Reason { get; set; }

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

    public bool CanEdit => !IsTest && (State is MailingState.Draft or MailingState.Armed or MailingState.Missed);
    /// <summary>It was reserved, and then edited: nothing of it is sent until it is confirmed again.</summary>
    public bool TakenBack => State is MailingState.Draft && ArmedAt is not null;
    public bool TimeIsDecided => AtOnce || LocalTime is not null;
    /// <summary>Reserved, and not begun: it may become a draft again, or go at another time.</summary>
    public bool CanTakeBack => !IsTest && State is MailingState.Armed;
    public bool CanPause => State is MailingState.Materialising or MailingState.Running;
    public bool CanResume => State is MailingState.Paused || (State is MailingState.Halted && Reason != "group");
    public bool CanCancel =>
        State
            is MailingState.Armed
                or MailingState.Missed
                or MailingState.Materialising
                or MailingState.Running
                or MailingState.Paused
                or MailingState.Halted;
    public bool CanSendLate => State is MailingState.Missed && Reason == "late";
    /// <summary>A recipient of unknown fate, or one whom it could not reach, may be tried once more.</summary>
    public bool CanSendAgain =>
        Salt is not null && (State is MailingState.Running or MailingState.Paused or MailingState.Halted or MailingState.Finished);
    public bool HasStarted => StartedAt is not null;
    /// <summary>Reserved, and its time is here: the next look at the site starts it.</summary>
    public bool IsDue(DateTime now) => State is MailingState.Armed && StartAt <= now;
    /// <summary>As staff see it: one whose time is here counts as begun, though the sender has yet to come by.</summary>
    public MailingState StateAt(DateTime now) => IsDue(now) ? MailingState.Materialising : State;
    /// <summary>Its page changes by itself.</summary>
    public bool IsMoving(DateTime now) =>
        IsDue(now) || State is MailingState.Materialising or MailingState.Running or MailingState.Cancelling;

    public bool IsOver => State is MailingState.Cancelled or MailingState.Finished;

    public void Arm(long by, StartTime? start, string zone, DateTime now)
    {
        (State, ArmedBy, ArmedAt, Zone) = (MailingState.Armed, by, now, zone);
        (AtOnce, LocalTime, StartAt) = start is null ? (true, null, now) : (false, start.Wanted, start.Utc);
        Rev++;
    }

    /// <summary>Back to a draft, to be edited and reserved again. When it was reserved stays: see <see cref="TakenBack"/>.</summary>
    public void Disarm() => (State, StartAt, Reason, Rev) = (MailingState.Draft, null, null, Rev + 1);

    public void Pause(long by) => (State, ChangedBy) = (MailingState.Paused, by);

    public void Resume(long by) =>
        (State, ChangedBy, Reason) = (Total is null ? MailingState.Materialising : MailingState.Running, by, null);

    public void Cancel(long by, DateTime now)
    {
        ChangedBy = by;
        State = HasStarted ? MailingState.Cancelling : MailingState.Cancelled;
        if (!HasStarted) EndedAt = now;
    }

    public void SendLate(long by, DateTime now) =>
        (State, ChangedBy, AtOnce, LocalTime, StartAt, Reason) = (MailingState.Armed, by, true, null, now, null);

    public void Halt(string reason) => (State, Reason) = (MailingState.Halted, reason);

    /// <param name="why"><c>late</c>; or <c>kind</c>, <c>group</c>: it is gone, and a person chooses anew.</param>
    public void Miss(string why) => (State, Reason) = (MailingState.Missed, why);

    public void Start(FrozenContent content, DateTime now)
    {
        State = MailingState.Materialising;
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
