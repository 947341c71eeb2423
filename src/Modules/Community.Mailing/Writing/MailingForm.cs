using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>The fields of the mailing form.</summary>
public sealed class MailingForm : ContentForm
{
    public Guid Key { get; set; } = Guid.NewGuid();
    /// <summary>The key for a separate draft, if the form was already sent with other text.</summary>
    public Guid? Anew { get; set; }
    public int Rev { get; set; } = 1;
    /// <summary>The newer version that the user has seen and wants to overwrite.</summary>
    public int? Over { get; set; }
    public long Kind { get; set; }
    /// <summary>Set by <see cref="ReadAudience"/>, from fields named by the modules' conditions.</summary>
    [System.Runtime.Serialization.IgnoreDataMember]
    public Audience Audience { get; private set; } = new(Chosen.Everybody);
    /// <summary>What staff call it; blank for the subject.</summary>
    public string? Title { get; set; }
    public string? When { get; set; } = "at";
    public string? Date { get; set; }
    public string? Time { get; set; }
    /// <summary>The button pressed: <c>save</c>, <c>who</c>, <c>preview</c>, <c>confirm</c>, <c>anew</c>.</summary>
    public string? Then { get; set; }

    public static MailingForm Of(Mailing mailing, TimeZoneInfo zone)
    {
        var time = mailing.LocalTimeIn(zone);
        var form = new MailingForm
        {
            Key = mailing.FormKey,
            Rev = mailing.Rev,
            Kind = mailing.KindId,
            Audience = mailing.Audience,
            Title = mailing.Title == mailing.Main.Subject ? "" : mailing.Title,
            When = mailing.AtOnce ? "now" : "at",
            Date = time?[..10],
            Time = time?[11..],
        };
        form.Show(mailing.Main);
        return form;
    }

    /// <summary>Prefix of the fields of those who are left out.</summary>
    public const string MinusPrefix = Prefix + "Minus.";

    /// <summary>Reads the audience from its parts of the form: who is wanted, and who is left out.</summary>
    public void ReadAudience(ChosenForm conditions, ChosenForm minus, Problems problems, IStringLocalizer texts)
    {
        Audience = Audience.Of(conditions.Read(problems, texts), minus.Read(problems, texts));
        if (Audience.Chosen.Conditions.Count() > ClauseGroup.MaxConditions)
            problems.Add(minus.PrefixOf(minus.Root), texts["conditions.full", ClauseGroup.MaxConditions]);
        if (Audience.Chosen.Root.Depth > ClauseGroup.MaxDepth)
            problems.Add(minus.PrefixOf(minus.Root), texts["conditions.deep", ClauseGroup.MaxConditions, ClauseGroup.MaxDepth]);
    }

    /// <summary>Reports what is wrong. A draft may be incomplete, but must not contain anything invalid.</summary>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="texts">Texts in the user's language.</param>
    /// <param name="kinds">Ids of the kinds of mail.</param>
    /// <param name="fields">The merge fields that the site has.</param>
    /// <param name="zone">The site's time zone.</param>
    /// <param name="now">UTC.</param>
    /// <param name="saved">The mailing as last saved; null for a new one.</param>
    public void Check(
        Problems problems,
        IStringLocalizer texts,
        IReadOnlyCollection<long> kinds,
        MergeFields fields,
        TimeZoneInfo zone,
        DateTime now,
        Mailing? saved
    )
    {
        if (!kinds.Contains(Kind)) problems.Add("Form.Kind", texts["mailing.problem.kind"]);
        CheckContent(problems, texts, fields);
        Title = OneLine("Title", Title, Mailing.MaxTitleLength, "mailing.problem.title-long", problems, texts);
        if (When != "now")
            CheckTime(problems, texts, zone, now, saved);
    }

    /// <summary>The kinds to choose from, including the current one if it no longer exists.</summary>
    public static IEnumerable<(string Value, string Text)> KindOptions(
        IReadOnlyList<MailKind> kinds,
        long? chosen,
        IStringLocalizer texts
    )
    {
        if (chosen is { } id && kinds.All(k => k.Id != id)) yield return (id.ToString(), texts["mailing.gone-kind"]);
        foreach (var kind in kinds) yield return (kind.Id.ToString(), kind.Name);
    }

    void CheckTime(Problems problems, IStringLocalizer texts, TimeZoneInfo zone, DateTime now, Mailing? saved)
    {
        var open = string.IsNullOrEmpty(Date) && string.IsNullOrEmpty(Time);
        var start = StartTime.Parse(Date, Time, zone);
        if (start is null && (!open || Then == "confirm")) problems.Add("Form.Date", texts["mailing.problem.when"]);
        // An old draft with an unchanged past time may still be saved and previewed.
        if (start?.RefusedAt(now) == ScheduleRefusal.Past && (Then == "confirm" || start.Wanted != saved?.LocalTimeIn(zone)))
            problems.Add("Form.Date", texts["mailing.problem.past"]);
    }

    /// <summary>Whether saving would change nothing.</summary>
    public bool IsAsSaved(Mailing mailing, TimeZoneInfo zone)
    {
        var would = new Mailing { AudienceJson = mailing.AudienceJson };
        WriteTo(would, zone);
        return (would.KindId, would.Title, would.AtOnce, would.LocalTime)
                == (mailing.KindId, mailing.Title, mailing.AtOnce, mailing.LocalTimeIn(zone))
            && would.Main.Says(mailing.Main)
            && would.Audience.ToJson() == mailing.Audience.ToJson();
    }

    public void WriteTo(Mailing mailing, TimeZoneInfo zone)
    {
        (mailing.KindId, mailing.Title) = (Kind, string.IsNullOrEmpty(Title) ? Subject! : Title);
        if (!mailing.Contents.Exists(c => c.IsMain)) mailing.Contents.Add(new());
        WriteTo(mailing.Main);
        mailing.Audience = Audience;
        mailing.AtOnce = When == "now";
        var start = mailing.AtOnce ? null : StartTime.Parse(Date, Time, zone);
        (mailing.LocalTime, mailing.StartAt) = (start?.Wanted, start?.Utc);
        mailing.Zone = zone.Id;
    }
}
