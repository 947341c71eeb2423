using Community.Kernel;
using Community.Members;

namespace Community.Mailing;

/// <summary>What begins a chain.</summary>
public enum ChainTrigger
{
    /// <summary>No member begins it: on days of the week its one mailing goes to all who fit.</summary>
    Weekly,
    /// <summary>A member's address is confirmed.</summary>
    Joined,
    /// <summary>The day of a birthday comes; February 29 is February 28 in other years.</summary>
    Birthday,
    /// <summary>A member agrees to the chain's kind of mail.</summary>
    Agreed,
    /// <summary>A member begins to fit the conditions, as by a tag, a group or a segment.</summary>
    Fits,
}

/// <summary>
/// Mailings that are made by themselves: one that repeats, or a chain of steps for each member. Each step makes mailings of its own, with
/// recipients, consent and results like any other. Who begins (entry), who goes on (stay) and who leaves (exit) are three rules.
/// </summary>
public sealed class Chain
{
    public const int MaxNameLength = 100, MaxSteps = 10, MaxDays = 400, MaxChains = 100;
    /// <summary>How late a step is sent at most, in days. What is later is left out, and the next step follows.</summary>
    public const int MaxLimitDays = 30;

    public long Id { get; set; }
    public string Name { get; set; } = "";
    public long KindId { get; set; }
    public ChainTrigger Trigger { get; set; }
    /// <summary>The days of a repeating one, as bits: 1 is Sunday, 64 Saturday.</summary>
    public int Weekdays { get; set; }
    /// <summary>Whose birthday begins it: an attribute of that type.</summary>
    public long? AttributeId { get; set; }
    /// <summary>Whoever begins must fit this, once, when they begin; see <see cref="Audience"/>.</summary>
    public string EntryJson { get; set; } = "{}";
    /// <summary>Asked at each step: who does not fit it any more leaves.</summary>
    public string StayJson { get; set; } = "{}";
    /// <summary>Asked at each step: whoever fits it leaves. Without conditions nobody does.</summary>
    public string ExitJson { get; set; } = "{}";
    /// <summary>A member may begin again: each year, each time that they agree or begin to fit. Else once, for ever.</summary>
    public bool Again { get; set; }
    public int LimitDays { get; set; } = 3;
    /// <summary>Since when it runs; null while it does not.</summary>
    public DateTime? StartedAt { get; set; }
    public long? StartedBy { get; set; }
    /// <summary>When it has to be looked at again.</summary>
    public DateTime? LookAt { get; set; }
    /// <summary>Of a repeating one: the last day that was dealt with.</summary>
    public DateOnly? LastOn { get; set; }
    public long CreatedBy { get; set; }
    public DateTime CreatedAt { get; set; }
    public long? ChangedBy { get; set; }
    public DateTime? ChangedAt { get; set; }
    public List<ChainStep> Steps { get; set; } = [];

    public string Url => "/staff/mailings/chains/" + Id;
    public bool IsOn => StartedAt is not null;
    public bool Repeats => Trigger is ChainTrigger.Weekly;
    public long Version => Members.EditConflict.VersionOf(ChangedAt);
    public Chosen Entry => Chosen.Parse(EntryJson);
    public Chosen Stay => Chosen.Parse(StayJson);
    public Chosen Exit => Chosen.Parse(ExitJson);
    public IEnumerable<ChainStep> InOrder => Steps.OrderBy(s => s.Position);

    /// <summary>When one that repeats is due next: on its first day that was not dealt with.</summary>
    public DateTime? NextAt(Site site) =>
        IsOn && Repeats && Steps.Count > 0
        && NextDay(LastOn?.AddDays(1) ?? DateOnly.FromDateTime(site.ToLocal(StartedAt!.Value))) is { } day
            ? Steps[0].DueOn(day, site.Zone) : null;

    public bool IsOnDay(DayOfWeek day) => (Weekdays & (1 << (int)day)) != 0;

    /// <summary>The first day on which it repeats, not before the given one.</summary>
    public DateOnly? NextDay(DateOnly from) =>
        Enumerable.Range(0, 7).Select(from.AddDays).Where(d => IsOnDay(d.DayOfWeek)).Select(d => (DateOnly?)d).FirstOrDefault();
}

/// <summary>A mailing of a chain: so many days after the beginning, at a time of the site's day.</summary>
public sealed class ChainStep
{
    public long Id { get; set; }
    public long ChainId { get; set; }
    /// <summary>From 0.</summary>
    public int Position { get; set; }
    public int AfterDays { get; set; }
    /// <summary>As the site's clock shows it: <c>09:00</c>.</summary>
    public string LocalTime { get; set; } = "09:00";
    /// <summary>The mailing whose words it has; it is copied each time.</summary>
    public long MailingId { get; set; }

    /// <summary>When it is due for somebody who began on a day: by the clock of the site, after changes of the clock too.</summary>
    public DateTime DueOn(DateOnly began, TimeZoneInfo zone) =>
        WallClock.Resolve(began.AddDays(AfterDays).ToDateTime(TimeOnly.ParseExact(LocalTime, "HH:mm")), zone).Utc;
}

/// <summary>Why a member's way through a chain ended.</summary>
public enum ChainEnd { Finished, Exited, Unfit, Stopped }

/// <summary>A member's place in a chain: one that runs at most, and one for each occasion.</summary>
public sealed class ChainPlace
{
    public long Id { get; set; }
    public long ChainId { get; set; }
    public long MemberId { get; set; }
    /// <summary>What made the member begin, such as the year of the birthday: the same occasion begins once.</summary>
    public required string Occasion { get; set; }
    public DateTime EnteredAt { get; set; }
    /// <summary>The position of the next step.</summary>
    public int Step { get; set; }
    public DateTime DueAt { get; set; }
    public DateTime? EndedAt { get; set; }
    public ChainEnd? End { get; set; }
    /// <summary>When the member was seen to fit no longer what made them begin; only after that they begin anew to fit.</summary>
    public DateTime? OutAt { get; set; }
}
