using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>The fields in which a mailing is written.</summary>
public sealed class MailingForm
{
    public Guid Key { get; set; } = Guid.NewGuid();
    /// <summary>The key for a draft of its own, where the form was sent before with other words.</summary>
    public Guid? Anew { get; set; }
    public int Rev { get; set; } = 1;
    /// <summary>The newer version that was seen and is to be written over.</summary>
    public int? Over { get; set; }
    public long Kind { get; set; }
    /// <summary>Read by <see cref="ReadAudience"/>, from fields that the modules' conditions name.</summary>
    [System.Runtime.Serialization.IgnoreDataMember]
    public Audience Audience { get; private set; } = new(Chosen.Everybody);
    public string? Subject { get; set; }
    public string? Text { get; set; }
    public string? When { get; set; } = "at";
    public string? Date { get; set; }
    public string? Time { get; set; }
    /// <summary>The button: <c>save</c>, <c>who</c>, <c>preview</c>, <c>confirm</c>, <c>anew</c>.</summary>
    public string? Then { get; set; }

    public static MailingForm Of(Mailing mailing)
    {
        return new()
        {
            Key = mailing.FormKey,
            Rev = mailing.Rev,
            Kind = mailing.KindId,
            Audience = mailing.Audience,
            Subject = mailing.Subject,
            Text = mailing.Text,
            When = mailing.AtOnce ? "now" : "at",
            Date = mailing.LocalTime?[..10],
            Time = mailing.LocalTime?[11..],
        };
    }

    /// <summary>Stands before the names of the fields.</summary>
    public const string Prefix = "Form.";

    /// <summary>Reads the conditions of the audience, as they were sent.</summary>
    /// <param name="conditions">Those that the form offers.</param>
    /// <param name="fields">As they were sent.</param>
    /// <param name="problems">Takes what is wrong.</param>
    /// <param name="texts">The reader's.</param>
    /// <param name="before">The audience as it stands: conditions that the form does not offer, of a feature that is off, stay.</param>
    public void ReadAudience(
        IReadOnlyList<MemberCondition> conditions,
        ConditionFields fields,
        Problems problems,
        IStringLocalizer texts,
        Audience? before
    ) => Audience = new(Chosen.Read(conditions, fields, problems, texts, before?.Chosen));

    /// <summary>What is wrong, for the reader; a draft may lack things, but hold nothing that can't be.</summary>
    /// <param name="problems">Takes what is wrong.</param>
    /// <param name="texts">The reader's.</param>
    /// <param name="kinds">Ids of the kinds of mail.</param>
    /// <param name="fields">The merge fields that the site has.</param>
    /// <param name="zone">The site's.</param>
    /// <param name="now">UTC.</param>
    /// <param name="saved">The mailing as it stands; null for a new one.</param>
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
        // A browser sends two characters for the end of a line, which nobody counts.
        Text = Text?.ReplaceLineEndings("\n");
        problems.Name("Form.Subject", Subject, texts, "mailing.problem.subject");
        if (Naming.Read(Subject) is { Fault: null } line)
            Subject = line.Text;
        if (Subject?.Length > Mailing.MaxSubjectLength)
            problems.Add("Form.Subject", texts["mailing.problem.subject-long", Subject.Length, Mailing.MaxSubjectLength]);
        if (Text?.Length > Mailing.MaxTextLength)
            problems.Add("Form.Text", texts["mailing.problem.text-long", Text.Length, Mailing.MaxTextLength]);
        else
            foreach (var (said, of) in MailTemplate.Faults(Text ?? "", fields))
                problems.Add("Form.Text", texts[said, of, fields.Written]);
        if (MailTemplate.FaultOfFields(Subject ?? "", fields) is var (subject, what))
            problems.Add("Form.Subject", texts[subject, what, fields.Written]);
        if (When != "now")
            CheckTime(problems, texts, zone, now, saved);
    }

    /// <summary>The kinds to choose from, and the chosen one where it is there no longer.</summary>
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
        // An old draft may be looked at as it stands.
        if (start?.RefusedAt(now) == ScheduleRefusal.Past && (Then == "confirm" || start.Wanted != saved?.LocalTime))
            problems.Add("Form.Date", texts["mailing.problem.past"]);
    }

    /// <summary>Saving it would change nothing.</summary>
    public bool IsAsSaved(Mailing mailing, TimeZoneInfo zone)
    {
        var would = new Mailing { AudienceJson = mailing.AudienceJson };
        WriteTo(would, zone);
        return (would.KindId, would.Subject, would.Text, would.AtOnce, would.LocalTime)
                == (mailing.KindId, mailing.Subject, mailing.Text, mailing.AtOnce, mailing.LocalTime)
            && would.Audience.ToJson() == mailing.Audience.ToJson();
    }

    public void WriteTo(Mailing mailing, TimeZoneInfo zone)
    {
        (mailing.KindId, mailing.Subject, mailing.Text) = (Kind, Subject!, Text!);
        mailing.Audience = Audience;
        mailing.AtOnce = When == "now";
        var start = mailing.AtOnce ? null : StartTime.Parse(Date, Time, zone);
        (mailing.LocalTime, mailing.StartAt) = (start?.Wanted, start?.Utc);
        mailing.Zone = zone.Id;
    }
}
