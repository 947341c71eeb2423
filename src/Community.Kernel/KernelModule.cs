using System.ComponentModel.DataAnnotations;

namespace Community.Kernel;

/// <summary>What the kernel itself adds to every site: recurring jobs, settings for files and e-mails, permissions.</summary>
public sealed class KernelModule : Module
{
    public override string Name => "Kernel";
    public override bool Always => true;

    public override IEnumerable<Permission> Permissions => KernelPermissions.All;

    public override IEnumerable<MenuItem> Menu { get; } =
        [new(MenuPlace.Staff, "settings.title", "/staff/settings", KernelPermissions.Settings, Part: StaffMenuPart.SetUp)];

    public override IEnumerable<SettingsPart> Settings =>
        [SettingsPart.Of<SiteIdentity>("identity"), SettingsPart.Of<ContactSettings>("contact"), SettingsPart.Of<KernelSettings>("site")];

    public override IEnumerable<PersonalData> PersonalData =>
    [
        Kernel.PersonalData.Rows<SystemMail>(
            "systemMail",
            l => l.MemberId,
            leftOut: ["Text", "MessageId", "Precedence", "Attempts", "DueAt"],
            masked: ["To", "Subject", "Answer"]
        ),
        Kernel.PersonalData.Evidence<StoredFile>(
            "files",
            f => f.UploadedBy,
            "A logo and a board's picture are the site's; the member's own picture is released and goes."
        ),
        Kernel.PersonalData.Rows<UploadDay>("uploads", d => d.MemberId),
        Kernel.PersonalData.Evidence<AuditRecord>(
            "audit",
            a => a.SubjectId,
            "The log is sealed, and holds ids alone.",
            leftOut: ["ActorId", "Ids", "Purpose", "Changes"]
        ).OnMerge(WhenMerged.Stays),
        Kernel.PersonalData.ActedBy<AuditRecord>(a => a.ActorId),
        Kernel.PersonalData.ActedBy<EventRow>(e => e.Actor),
        Kernel.PersonalData.ActedBy<StoredSettings>(s => s.ChangedBy),
        Kernel.PersonalData.ActedBy<FirstStepDone>(s => s.DoneBy),
    ];

    public override void AddJobs(JobList jobs)
    {
        jobs.Every<SealAudit>("kernel.seal-audit", TimeSpan.FromDays(1));
        jobs.Every<ForgetAudit>("kernel.forget-audit", TimeSpan.FromDays(1));
        jobs.Every<SweepFiles>("kernel.sweep-files", TimeSpan.FromDays(1));
        jobs.Every<ForgetSystemMails>("kernel.forget-mail", TimeSpan.FromDays(1));
        jobs.Every<ForgetSystemMailTexts>("kernel.forget-mail-texts", TimeSpan.FromDays(1));
        jobs.Every<ForgetEvents>("kernel.forget-events", TimeSpan.FromDays(1));
    }

    public override IEnumerable<RecipeStep> RecipeSteps => [RecipeStep.OfSettings];
}

/// <summary>Permissions that belong to no feature.</summary>
public static class KernelPermissions
{
    /// <summary>Change the settings of the site's features.</summary>
    public const string Settings = "settings.change";

    public static IEnumerable<Permission> All => [new(Settings, Roles.Administrator)];
}

/// <summary>Settings of a site that belong to no feature.</summary>
public sealed record KernelSettings
{
    /// <summary>
    /// How long the records of sent and given-up e-mails are kept: the recipient and the relay's answer. Their text is deleted when
    /// they are sent, or some days after they were given up.
    /// </summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "365.00:00:00")]
    public TimeSpan SystemMailKept { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long events are kept once every handler has read them.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan EventsKept { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long records of the audit log are kept.</summary>
    [Range(typeof(TimeSpan), "365.00:00:00", "7300.00:00:00")]
    public TimeSpan AuditKept { get; set; } = TimeSpan.FromDays(3650);

    /// <summary>Megabytes of files that one member may upload per day (in the site's zone); only a small part of that is stored.</summary>
    [Range(1, 2000)]
    public int MemberUploadMegabytesADay { get; set; } = 100;

    /// <summary>Megabytes of files that the posts of one member may keep. What no post uses does not count.</summary>
    [Range(1, 1_000_000)]
    public int MemberFilesMegabytes { get; set; } = 500;
}

/// <summary>How people reach those who run the site. It stands below its mails.</summary>
public sealed record ContactSettings
{
    /// <summary>Where answers to mails go; empty for the sender's address.</summary>
    [MaxLength(254), DataType(DataType.EmailAddress)]
    public string ReplyTo { get; set; } = "";

    /// <summary>Who runs the site, and where: several lines.</summary>
    [MaxLength(500), DataType(DataType.MultilineText)]
    public string PostalAddress { get; set; } = "";

    /// <summary>A telephone number, an address or a page for questions.</summary>
    [MaxLength(200)]
    public string Contact { get; set; } = "";

    /// <summary>Advertising mail has to say who sends it, where they are, and how to reach them.</summary>
    public bool IsComplete => !string.IsNullOrWhiteSpace(PostalAddress) && !string.IsNullOrWhiteSpace(Contact);

    public IEnumerable<string> Lines =>
        PostalAddress
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Append(Contact)
            .Where(l => l.Length > 0);
}
