using System.Security.Cryptography;
using System.Text;
using Community.Kernel;

namespace Community.Members;

/// <summary>The two documents of a site.</summary>
public enum TermsKind { Terms, Privacy }

/// <summary>What a new version asks of members.</summary>
public enum TermsEffect
{
    /// <summary>They agree before they write again.</summary>
    Ask,
    /// <summary>They are told, and need not answer.</summary>
    Tell,
}

/// <summary>
/// A version of the terms of use or the privacy policy. Versions of one document are numbered from 1. A draft has no
/// <see cref="PublishedAt"/>; what was published keeps its address for ever.
/// </summary>
public sealed class TermsVersion
{
    public long Id { get; set; }
    public TermsKind Kind { get; set; }
    public int Number { get; set; }
    public TermsEffect Effect { get; set; }
    /// <summary>From when on it is in force; null for a draft.</summary>
    public DateTime? From { get; set; }
    public DateTime? PublishedAt { get; set; }
    public long? PublishedBy { get; set; }
    public DateTime ChangedAt { get; set; }
    public long? ChangedBy { get; set; }
    /// <summary>The latest of its <see cref="TermsText"/>s: 1, and one more for each correction.</summary>
    public int Revision { get; set; } = 1;

    public bool IsInForce(DateTime now) => From <= now;

    /// <summary>See <see cref="EditConflict"/>.</summary>
    public long Version => EditConflict.VersionOf(ChangedAt);

    /// <summary>The address of the document's present version.</summary>
    public static string UrlOf(TermsKind kind) => kind is TermsKind.Terms ? "/terms" : "/privacy";

    /// <summary>The address of this version.</summary>
    public string Url => $"{UrlOf(Kind)}/{Number}";
}

/// <summary>The text of a version. A correction adds another; the earlier ones stay, because somebody may have agreed to them.</summary>
public sealed class TermsText
{
    public const int MaxLength = 100_000, MaxNoteLength = 2000;

    public long Id { get; set; }
    public long VersionId { get; set; }
    public int Revision { get; set; } = 1;
    /// <summary>Markdown, as <see cref="Translations"/>.</summary>
    public string Words { get; set; } = "";
    /// <summary>What is new in this version, or was corrected: Markdown as <see cref="Translations"/>, shown above the question.</summary>
    public string Note { get; set; } = "";
    public DateTime At { get; set; }
    public long? ChangedBy { get; set; }

    /// <summary>The text for a reader, with the language that it is in.</summary>
    public (string Language, string Text) For(string language) => Translations.Parse(Words).For(language);

    /// <inheritdoc cref="For"/>
    public (string Language, string Text) NoteFor(string language) => Translations.Parse(Note).For(language);

    /// <summary>SHA-256 of a text, in hexadecimal: the evidence of what was read.</summary>
    public static string DigestOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

public enum TermsAnswerKind { Agreed, Refused, Told }

/// <summary>What a member answered to a version. Append-only: a later refusal stands beside the earlier agreement.</summary>
public sealed class TermsAnswer : IAppendOnly
{
    public long Id { get; set; }
    public long MemberId { get; set; }
    public long VersionId { get; set; }
    public TermsAnswerKind Kind { get; set; }
    public DateTime At { get; set; }
    /// <summary>Where, one of <see cref="TermsWay"/>.</summary>
    public required string Way { get; set; }
    /// <summary>The language of the text that was shown.</summary>
    public required string Language { get; set; }
    /// <summary>The <see cref="TermsText.Revision"/> that was shown.</summary>
    public int Revision { get; set; }
    /// <summary><see cref="TermsText.DigestOf"/> the text that was shown.</summary>
    public required string Digest { get; set; }
}

/// <summary>Where terms were answered, as rows store it; shown as the text <c>terms.by.…</c>.</summary>
public static class TermsWay
{
    public const string Register = "register", Page = "page";
    public static readonly IReadOnlyList<string> All = [Register, Page];
}

/// <summary>A text that somebody has seen and answered, as the form carries it.</summary>
/// <param name="Version">The id of the <see cref="TermsVersion"/>.</param>
/// <param name="Revision">The revision that was shown.</param>
/// <param name="Language">The language that it was shown in.</param>
public sealed record TermsSeen(long Version, int Revision, string Language)
{
    /// <summary>Parses <see cref="ToString"/>; null if it is none.</summary>
    public static TermsSeen? Parse(string? text) =>
        text?.Split('-') is [var version, var revision, var language]
        && long.TryParse(version, out var id)
        && int.TryParse(revision, out var number)
        && Texts.Languages.Contains(language)
            ? new(id, number, language)
            : null;

    public override string ToString() => $"{Version}-{Revision}-{Language}";

}
