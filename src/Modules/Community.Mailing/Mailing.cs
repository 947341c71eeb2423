namespace Community.Mailing;

/// <summary>
/// draft ⇄ scheduled → expanding → running ⇄ paused; running ⇄ finished; scheduled → overdue; expanding, running → suspended;
/// scheduled, overdue → cancelled; any other state between draft and an end → cancelling → cancelled. Where a second person has to agree:
/// draft, scheduled → approving → scheduled, draft, overdue, cancelled. A template is copied into drafts and never sent.
/// </summary>
public enum MailingState
{
    Draft, Scheduled, Expanding, Running, Paused, Suspended, Overdue, Cancelling, Cancelled, Finished, Approving, Template,
}

/// <summary>Why a mailing stopped by itself and needs a person to decide.</summary>
public enum StopReason
{
    /// <summary>No server was running at its start time, and by now it is more than <see cref="MailingSettings.LateAfter"/> late.</summary>
    Late,
    /// <summary>Its kind of mail was deleted.</summary>
    KindDeleted,
    /// <summary>Something that its audience refers to, such as a group, was deleted.</summary>
    AudienceDeleted,
    /// <summary>
    /// It uses a merge field of a feature that was switched off. <see cref="Mailing.StopText"/> names the field if it was already running.
    /// </summary>
    FieldMissing,
    /// <summary>The relay could not be reached for days.</summary>
    RelayAway,
    /// <summary>The relay rejected us: <see cref="Mailing.StopText"/> has its reply.</summary>
    Refused,
    /// <summary>Its time passed before a second person had approved it.</summary>
    NotApproved,
    /// <summary>A second person sent it back to draft: <see cref="Mailing.StopText"/> says why.</summary>
    Declined,
    /// <summary>Its recipients and their outcomes do not add up: see <see cref="Accounting"/>.</summary>
    Uneven,
    /// <summary>Too many recipients could not be reached: <see cref="Mailing.StopText"/> has the rate.</summary>
    Errors,
    /// <summary>Too many recipients complained: <see cref="Mailing.StopText"/> has the rate.</summary>
    Complaints,
    /// <summary>The delivery engine did not take it: <see cref="Mailing.StopText"/> says why. Nothing was sent by it.</summary>
    EngineRefused,
}

/// <summary>One message to many members: recipients, content, time and progress.</summary>
public sealed class Mailing
{
    public const int MaxTitleLength = 200, MaxCampaignLength = 100;
    /// <summary>Variants of what it says, the first included; and the hours after which the winner is chosen by rule.</summary>
    public const int MaxVariants = 4, MaxWinnerAfterHours = 240;

    public long Id { get; set; }
    /// <summary>The key of the form that created it: posting the form twice creates it once.</summary>
    public Guid FormKey { get; set; }
    /// <summary>The mailing that this one tests: one message to the staff member who requested it.</summary>
    public long? TestOfId { get; set; }
    public long KindId { get; set; }
    /// <summary>What staff call it, in lists and on its pages; recipients never see it. The subject if its author gave no other.</summary>
    public string Title { get; set; } = "";
    /// <summary>What it says, per variant and language. Empty where they were not loaded: lists show the title.</summary>
    public List<MailingContent> Contents { get; set; } = [];
    /// <summary>An <see cref="Mailing.Audience"/> as JSON.</summary>
    public string AudienceJson { get; set; } = "{}";
    public MailingState State { get; set; }
    /// <summary>Incremented by every edit, scheduling and taking back, so that saving an outdated version is detected.</summary>
    public int Rev { get; set; } = 1;
    /// <summary>Who last incremented <see cref="Rev"/>, and when.</summary>
    public long RevisedBy { get; set; }
    public DateTime RevisedAt { get; set; }

    /// <summary>Send as soon as it is confirmed.</summary>
    public bool AtOnce { get; set; }
    /// <summary>
    /// The chosen local time, <c>2026-11-28T08:00</c>. Null if it is sent at once, and in a draft whose time is undecided.
    /// </summary>
    public string? LocalTime { get; set; }
    /// <summary>The site's time zone when the time was chosen.</summary>
    public string? Zone { get; set; }
    public DateTime? StartAt { get; set; }

    /// <summary>Whoever approved it, when, and which <see cref="Rev"/>: any later change voids the approval.</summary>
    public long? ApprovedBy { get; set; }
    public DateTime? ApprovedAt { get; set; }
    public int? ApprovedRev { get; set; }
    /// <summary>What was approved, with what stands elsewhere: see <see cref="Approval.DigestOf"/>.</summary>
    public string? ApprovedDigest { get; set; }
    /// <summary>Those that are being added: never loaded.</summary>
    internal List<MailingRevision> Revisions { get; } = [];
    /// <summary>The mailing that this one follows up: see <see cref="Wave"/>.</summary>
    public long? WaveOfId { get; set; }
    /// <summary>The step of a chain that made it, and the moment for which it did.</summary>
    public long? ChainStepId { get; set; }
    public DateTime? ChainDueAt { get; set; }

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
    /// <summary>The relay's reply if it rejected us, or the unknown merge fields.</summary>
    public string? StopText { get; set; }
    /// <summary>
    /// Errors and complaints count from here on, after somebody has seen the earlier ones and resumed it; null from its start.
    /// </summary>
    public DateTime? RatesFrom { get; set; }

    /// <summary>
    /// A <see cref="FrozenContent"/> as JSON, set at the start: whatever is edited or renamed later, all recipients read the same.
    /// </summary>
    public string? Content { get; set; }
    /// <summary>Key of the address hashes; deleted when it has ended and nobody is left to retry, so that no trace remains.</summary>
    public byte[]? Salt { get; set; }
    /// <summary>Expansion is done for members up to this id.</summary>
    public long ReadUpTo { get; set; }
    public int Count { get; set; }
    /// <summary>The number of recipients; null until expansion is complete. The mailing cannot run before that.</summary>
    public int? Total { get; set; }
    /// <summary>Since when its accounts are known not to add up; null if they do.</summary>
    public DateTime? UnevenSince { get; set; }

    /// <summary>What it learns about opens and clicks; null for what the site has set, which is written here at the start.</summary>
    public TrackingMode? Tracking { get; set; }
    /// <summary>The name under which statistics of the linked sites count its visitors (UTM); empty to leave addresses alone.</summary>
    public string Campaign { get; set; } = "";

    /// <summary>By which way it is sent, as its author chose, and who may send it now.</summary>
    public MailingRoute Route { get; set; }
    public MailingHolder Holder { get; set; }

    /// <summary>
    /// Begun before its time, for the engine, and its time has not come: nobody sends it, whoever holds it by now. One that web servers
    /// began is none, though a clock was set back since.
    /// </summary>
    public bool IsBeforeItsTime(DateTime now) => IsBeforeItsTime(StartedAt, StartAt, now);

    internal static bool IsBeforeItsTime(DateTime? startedAt, DateTime? startAt, DateTime now) => startedAt > now && startedAt == startAt;

    /// <summary>It is with the delivery engine, and its time has not come.</summary>
    public bool IsReadyAtEngine(DateTime now) =>
        Holder is MailingHolder.Engine && State is MailingState.Expanding or MailingState.Running && StartedAt > now;

    /// <summary>Pictures travel in the message instead of being loaded from the site.</summary>
    public bool EmbedsPictures { get; set; }
    /// <summary>What it carries, as JSON; null for nothing. See <see cref="Files"/>.</summary>
    public string? FilesJson { get; set; }
    public IReadOnlyList<MailFile> Files
    {
        get => MailFile.Parse(FilesJson);
        set => FilesJson = value.Count == 0 ? null : MailFile.ToJson(value);
    }
    /// <summary>Its messages are more than their words.</summary>
    public bool Carries => EmbedsPictures || FilesJson is not null;
    /// <summary>Of a test: the member of staff who gets it; null for the one who asked for it.</summary>
    public long? TestToId { get; set; }
    /// <summary>Since when it is left out of the archive of its kind; null while it is not.</summary>
    public DateTime? UnlistedAt { get; set; }

    public string Url => "/staff/mailings/" + Id;
    /// <summary>The form of one of its contents.</summary>
    public string EditUrl(MailingContent content) =>
        content.IsMain ? Url + "/edit" : $"{Url}/content/{content.Variant}/{content.Language}";
    /// <summary>What it says without variants, in the site's own language.</summary>
    public MailingContent Main => MailingContent.For(Contents, 0, "");
    /// <summary>How many variants of it there are; 0 and 1 are the same.</summary>
    public byte Variants { get; set; }
    /// <summary>How many recipients get one of the variants before the winner is chosen: in per cent, or a number.</summary>
    public int SamplePercent { get; set; }
    public int? SampleCount { get; set; }
    /// <summary>Of how many recipients the number is taken, as counted at the start.</summary>
    public int? SampleBase { get; set; }
    /// <summary>Recipients who have been given a variant, or put among those who wait for the winner.</summary>
    public int Assigned { get; set; }
    public WinnerRule WinnerRule { get; set; }
    /// <summary>By rule, the winner is chosen so many hours after the start, and not before the whole sample was sent.</summary>
    public int WinnerAfterHours { get; set; }
    /// <summary>The variant that the rest gets; null while that is open.</summary>
    public byte? Winner { get; set; }
    public DateTime? WinnerAt { get; set; }
    /// <summary>Null if it was chosen by rule.</summary>
    public long? WinnerBy { get; set; }

    public bool IsSplit => Variants > 1;
    public bool AwaitsWinner =>
        IsSplit && Winner is null && (State is MailingState.Running or MailingState.Paused or MailingState.Suspended);
    /// <summary>When the winner is chosen by rule at the earliest; null if a person chooses.</summary>
    public DateTime? WinnerDue => WinnerRule is WinnerRule.Hand ? null : StartedAt?.AddHours(WinnerAfterHours);
    public bool IsTest => TestOfId is not null;
    public Audience Audience
    {
        get => Audience.Parse(AudienceJson);
        set => AudienceJson = value.ToJson();
    }

    public bool CanEdit =>
        !IsTest
        && State
            is MailingState.Draft
                or MailingState.Scheduled
                or MailingState.Approving
                or MailingState.Overdue
                or MailingState.Template;
    public bool IsApproved => ApprovedRev == Rev;
    /// <summary>Reserved: it starts at its time, or once somebody has approved it.</summary>
    public bool IsReserved => State is MailingState.Scheduled or MailingState.Approving;
    /// <summary>It was scheduled and then edited or taken back: nothing is sent until it is confirmed again.</summary>
    public bool TakenBack =>
        State is MailingState.Draft && ScheduledAt is not null && StopReason is not Community.Mailing.StopReason.Declined;
    public bool TimeIsDecided => AtOnce || LocalTime is not null;
    /// <summary>Scheduled and not started: it can go back to draft, or be rescheduled.</summary>
    public bool CanTakeBack => !IsTest && IsReserved;
    public bool CanPause => State is MailingState.Expanding or MailingState.Running;
    public bool CanResume =>
        State is MailingState.Paused || (State is MailingState.Suspended && StopReason != Community.Mailing.StopReason.AudienceDeleted);
    public bool CanCancel =>
        State
            is MailingState.Scheduled
                or MailingState.Approving
                or MailingState.Overdue
                or MailingState.Expanding
                or MailingState.Running
                or MailingState.Paused
                or MailingState.Suspended;
    public bool CanSendLate => State is MailingState.Overdue && StopReason == Community.Mailing.StopReason.Late;
    /// <summary>Recipients whose outcome is unknown, or who could not be reached, can be tried again.</summary>
    public bool CanSendAgain =>
        Salt is not null
        && Holder is MailingHolder.WebServers
        && (State is MailingState.Running or MailingState.Paused or MailingState.Suspended or MailingState.Finished);
    public bool HasStarted => StartedAt is not null;
    /// <summary>Scheduled, and its time has come: the sender starts it when it next looks at the site.</summary>
    public bool IsDue(DateTime now) => State is MailingState.Scheduled && StartAt <= now;
    /// <summary>The state shown to staff: a due mailing counts as started, even before the sender picks it up.</summary>
    public MailingState StateAt(DateTime now) => IsDue(now) ? MailingState.Expanding : State;
    /// <summary>It is progressing, so its page refreshes.</summary>
    public bool IsMoving(DateTime now) =>
        IsDue(now) || State is MailingState.Expanding or MailingState.Running or MailingState.Cancelling;

    /// <summary>Started and not over.</summary>
    public static readonly IReadOnlyList<MailingState> UnderWay =
    [
        MailingState.Expanding,
        MailingState.Running,
        MailingState.Paused,
        MailingState.Suspended,
        MailingState.Cancelling,
    ];

    public bool IsOver => State is MailingState.Cancelled or MailingState.Finished;

    /// <summary>
    /// The chosen time by the site's clock. If the site has changed its zone since, the moment for which it is reserved stays.
    /// </summary>
    public string? LocalTimeIn(TimeZoneInfo zone) => IsReserved && Zone != zone.Id && LocalTime is not null && StartAt is { } at
        ? StartTime.At(at, zone).Wanted : LocalTime;

    /// <summary>The chosen start, by the site's current time zone rules; null for "at once", or if none was chosen.</summary>
    public StartTime? Start(TimeZoneInfo zone) => LocalTime is { } wall ? StartTime.Resolve(wall, zone) : null;

    /// <summary>Whether it was changed since the caller saw it.</summary>
    /// <param name="rev">The version the caller saw.</param>
    /// <param name="over">A newer version that the caller has since seen and wants to overwrite.</param>
    public bool HasChangedSince(int rev, int? over = null) => Rev != rev && Rev != over;

    public void Schedule(long by, StartTime? start, string zone, DateTime now)
    {
        (State, ScheduledBy, ScheduledAt, Zone) = (MailingState.Scheduled, by, now, zone);
        (AtOnce, LocalTime, StartAt) = start is null ? (true, null, now) : (false, start.Wanted, start.Utc);
        (StopReason, StopText) = (null, null);
        Revise(by, now);
    }

    /// <summary>
    /// Back to draft, to be edited and rescheduled. Keeps the time that was chosen, and <see cref="ScheduledAt"/>: see
    /// <see cref="TakenBack"/>.
    /// </summary>
    public void Unschedule(long by, DateTime now)
    {
        (State, StopReason, StopText) = (State is MailingState.Template ? State : MailingState.Draft, null, null);
        if (State is MailingState.Template || LocalTime is null) StartAt = null;
        Revise(by, now);
    }

    /// <summary>Another time for a draft.</summary>
    public void ChooseTime(long by, StartTime start, string zone, DateTime now)
    {
        (AtOnce, LocalTime, StartAt, Zone) = (false, start.Wanted, start.Utc, zone);
        Revise(by, now);
    }

    /// <summary>Reserved, but a second person has to agree first.</summary>
    public void AskApproval() => State = MailingState.Approving;

    /// <param name="digest">Of what was approved.</param>
    public void Approve(long by, string digest, DateTime now) =>
        (State, ApprovedBy, ApprovedAt, ApprovedRev, ApprovedDigest) = (MailingState.Scheduled, by, now, Rev, digest);

    /// <summary>Back to draft, with the reason for its author.</summary>
    public void Decline(long by, string why, DateTime now)
    {
        (State, ChangedBy) = (MailingState.Draft, by);
        if (LocalTime is null) StartAt = null;
        (StopReason, StopText) = (Community.Mailing.StopReason.Declined, why);
        // Its author stays who revised it.
        (Rev, RevisedAt) = (Rev + 1, now);
    }

    public void ChooseWinner(byte variant, long? by, DateTime now) => (Winner, WinnerBy, WinnerAt) = (variant, by, now);

    /// <summary>Gives further variants that have no words of their own those of the first.</summary>
    public void FollowMain()
    {
        foreach (var content in Contents.Where(c => c.Variant > 0 && !c.OwnWords))
            (content.Text, content.Blocks) = (Main.Text, Main.Blocks);
    }

    void Revise(long by, DateTime now)
    {
        (Rev, RevisedBy, RevisedAt) = (Rev + 1, by, now);
        // Of a test nobody asks.
        if (!IsTest) Revisions.Add(new() { Rev = Rev, By = by, At = now });
    }

    public void Pause(long by) => (State, ChangedBy) = (MailingState.Paused, by);

    public void Resume(long by, DateTime now)
    {
        if (StopReason is Community.Mailing.StopReason.Errors or Community.Mailing.StopReason.Complaints) RatesFrom = now;
        (State, ChangedBy, StopReason, StopText) = (Total is null ? MailingState.Expanding : MailingState.Running, by, null, null);
    }

    public void Cancel(long by, DateTime now)
    {
        ChangedBy = by;
        State = HasStarted ? MailingState.Cancelling : MailingState.Cancelled;
        if (!HasStarted) EndedAt = now;
    }

    public void SendLate(long by, DateTime now)
    {
        (State, ChangedBy, AtOnce, LocalTime, StartAt, StopReason) = (MailingState.Scheduled, by, true, null, now, null);
        Revise(by, now);
    }

    /// <summary>Stops a mailing that has started.</summary>
    /// <param name="text">The relay's reply if it rejected us, or the unknown merge fields.</param>
    public void Suspend(StopReason why, string? text = null) => (State, StopReason, StopText) = (MailingState.Suspended, why, text);

    /// <summary>Stops a scheduled mailing from starting.</summary>
    public void MarkOverdue(StopReason why) => (State, StopReason) = (MailingState.Overdue, why);

    /// <param name="content">What it says from now on.</param>
    /// <param name="now">The present moment. With the engine it is prepared before its time.</param>
    public void Begin(FrozenContent content, DateTime now)
    {
        State = MailingState.Expanding;
        StartedAt = Holder is MailingHolder.Engine && StartAt > now ? StartAt : now;
        Content = content.ToJson();
        Salt = System.Security.Cryptography.RandomNumberGenerator.GetBytes(16);
    }

    /// <param name="doubtful">The outcome of some recipients is unknown, or they could not be reached. A person may still send to them
    /// again, so the hash key is still needed.</param>
    public void End(MailingState end, DateTime now, bool doubtful)
    {
        (State, EndedAt) = (end, now);
        if (!doubtful) ForgetSalt();
    }

    /// <summary>Back from the engine, with nothing sent: a draft, as if it had not begun. Its deliveries are gone.</summary>
    public void BeginAnew(long by, DateTime now)
    {
        (StartedAt, Content, Salt, Total, RatesFrom, SampleBase) = (null, null, null, null, null, null);
        (ReadUpTo, Count, Assigned) = (0, 0, 0);
        Unschedule(by, now);
    }

    /// <summary>Another time, while the engine waits for it.</summary>
    public void ChangeTimeAtEngine(long by, StartTime start, string zone, DateTime now)
    {
        (AtOnce, LocalTime, StartAt, StartedAt, Zone) = (false, start.Wanted, start.Utc, start.Utc, zone);
        Revise(by, now);
    }

    public void Reopen() => (State, EndedAt) = (MailingState.Running, null);

    public void ForgetSalt() => Salt = null;
}
