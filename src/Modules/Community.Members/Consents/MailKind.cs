using System.Globalization;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>What a kind is agreed to for.</summary>
public enum MailKindUse
{
    /// <summary>Mail of the kind is sent to who agreed.</summary>
    Mail,
    /// <summary>Of who agreed it is recorded which mails they open and which links they follow. Nothing is sent by it.</summary>
    Tracking,
}

/// <summary>Who reads the mailings of a kind on the site, after they were sent.</summary>
public enum MailArchive
{
    /// <summary>Nobody: who got them has them.</summary>
    None,
    /// <summary>Members who are signed in, whether or not they get them.</summary>
    Members,
    /// <summary>Visitors too, and search engines.</summary>
    Everybody,
}

/// <summary>
/// A kind of mail that members agree to receive, such as news or events; or the agreement to be known by name when they read it. Staff
/// make, rename, order and end them.
/// </summary>
public sealed class MailKind
{
    public const int MaxNameLength = 60, MaxSentenceLength = 500;

    public long Id { get; set; }
    /// <summary>The name in headers of mails (RFC 2919) and in recipes; it never changes.</summary>
    public required string Key { get; set; }
    /// <summary>The name in the site's language, and perhaps in others.</summary>
    public Translations Names { get; set; } = Translations.None;
    /// <summary>The sentence beside the box, which is never ticked beforehand; none to show the name alone.</summary>
    public Translations Sentences { get; set; } = Translations.None;
    /// <summary>What it is agreed to for; it never changes.</summary>
    public MailKindUse Use { get; set; }
    /// <summary>Who can read, on the site, what was sent of it.</summary>
    public MailArchive Archive { get; set; }
    public int Position { get; set; }
    /// <summary>Counts the changes of names and sentences; each revision is kept as a <see cref="MailKindText"/>.</summary>
    public int Revision { get; set; } = 1;
    /// <summary>Since when it is neither offered nor sent; null while it is. What members agreed to stays on record.</summary>
    public DateTime? EndedAt { get; set; }
    public long? EndedBy { get; set; }
    public DateTime? ChangedAt { get; set; }
    public long? ChangedBy { get; set; }
    /// <summary>Changes with each save; see <see cref="EditConflict"/>.</summary>
    public long Version => EditConflict.VersionOf(ChangedAt);

    /// <summary>The name in the reader's language.</summary>
    public string Name => Names.For(Language).Text;
    /// <summary>What stands below the name, in the reader's language; empty for none.</summary>
    public string Description => Sentences.For(Language).Text;
    /// <summary>The text that a reader of this language agrees to, as the log stores it.</summary>
    public string Sentence => Description.Length > 0 ? Description : Name;

    static string Language => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName;

    /// <summary>The present text, to be kept for as long as the log refers to it.</summary>
    public MailKindText Text(DateTime now, long? by) =>
        new() { KindId = Id, Revision = Revision, Names = Names, Sentences = Sentences, At = now, ChangedBy = by };
}

/// <summary>What a kind of mail said of itself in one revision. Never changed: the log of consents refers to it.</summary>
public sealed class MailKindText
{
    public long Id { get; set; }
    public long KindId { get; set; }
    public int Revision { get; set; }
    public required Translations Names { get; set; }
    public required Translations Sentences { get; set; }
    public DateTime At { get; set; }
    public long? ChangedBy { get; set; }
}

public static class MailKinds
{
    /// <summary>The kinds that members can agree to, in their order.</summary>
    public static IQueryable<MailKind> Offered(this IQueryable<MailKind> kinds) => kinds.Where(k => k.EndedAt == null).InOrder();

    /// <summary>Those by which mail is sent.</summary>
    public static IQueryable<MailKind> OfMail(this IQueryable<MailKind> kinds) => kinds.Where(k => k.Use == MailKindUse.Mail);

    public static IQueryable<MailKind> InOrder(this IQueryable<MailKind> kinds) => kinds.OrderBy(k => k.Position).ThenBy(k => k.Id);
}
