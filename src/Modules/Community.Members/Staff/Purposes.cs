using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>
/// For what staff look at personal data, as the audit log keeps it: the name of a usual purpose (texts: <c>staff.purpose.…</c>), one of
/// the site's own, or words that somebody typed. Nothing is chosen beforehand. Who may see unmasked data is asked before a search or the
/// page of a member shows any, and before an export; the answer is remembered in this browser's session until the site's day ends.
/// </summary>
public sealed class Purposes(
    IHttpContextAccessor http,
    IDataProtectionProvider keys,
    IConfiguration configuration,
    CurrentMember current,
    Settings<MembersSettings> settings,
    Site site,
    TimeProvider time
)
{
    public const int MaxLength = 120;
    /// <summary>Stands for words of one's own in the form.</summary>
    public const string Other = "other";

    /// <summary>The purposes that every site has.</summary>
    public static readonly IReadOnlyList<string> All = ["enquiry", "moderation", "mailing", "upkeep"];

    public static string? Of(string? chosen) => All.Contains(chosen) ? chosen : null;

    /// <summary>Whether this reader is asked: who sees masked data alone is not.</summary>
    public static bool AreAskedOf(Reader reader) =>
        reader.May(MembersPermissions.Email) || reader.May(MembersPermissions.Personal) || reader.May(MembersPermissions.Export);

    /// <summary>What a purpose is called in the reader's language.</summary>
    public static string TextOf(string purpose, IStringLocalizer texts) =>
        Of(purpose) is { } known ? texts["staff.purpose." + known] : purpose;

    string? chosen;

    /// <summary>What the reader said in this session today; null if they have not.</summary>
    public string? Current => chosen ??= Open();

    /// <summary>What the form offers, without words of one's own.</summary>
    public async ValueTask<IReadOnlyList<string>> Offered(CancellationToken ct = default) =>
        [.. All, .. (await settings.Get(ct)).Purposes.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    /// <summary>Reads the form, and remembers what it says.</summary>
    /// <param name="choice">One of <see cref="Offered"/>, or <see cref="Other"/>.</param>
    /// <param name="words">Words of one's own.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="texts">In the reader's language.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if something is wrong: nothing is remembered.</returns>
    public async ValueTask<bool> Choose(
        string? choice,
        string? words,
        Problems problems,
        IStringLocalizer texts,
        CancellationToken ct = default
    )
    {
        if (choice is Other) CheckWords(words, problems, texts);
        else if (choice is null || !(await Offered(ct)).Contains(choice)) problems.Add("for", texts["staff.purpose.missing"]);
        if (problems.Any) return false;
        chosen = choice is Other ? Naming.Read(words).Text : choice!;
        var now = time.GetUtcNow().UtcDateTime;
        var lifetime = site.ToUtc(DateOnly.FromDateTime(site.ToLocal(now)).AddDays(1).ToDateTime(TimeOnly.MinValue)) - now;
        http.HttpContext!.Response.Cookies.Append(
            CookieName(configuration),
            Seal(keys, current.Id!.Value, current.Session!.Value, chosen, lifetime),
            SiteCookie.Options(http.HttpContext, lifetime: null)
        );
        return true;
    }

    /// <summary>
    /// Adds what is wrong with words of one's own: too few to say anything, or personal data, which would stay in the log for ever.
    /// </summary>
    static void CheckWords(string? words, Problems problems, IStringLocalizer texts)
    {
        var read = Naming.Read(words);
        if (read.Fault is { } fault)
            problems.Add("words", texts[fault is NameFault.Missing ? "staff.purpose.words.missing" : read.Problem!]);
        else if (read.Text.Length > MaxLength) problems.Add("words", texts["ui.form.too-long", MaxLength, read.Text.Length]);
        else if (read.Text.Contains('@') || read.Text.Count(char.IsDigit) > 9) problems.Add("words", texts["staff.purpose.words.personal"]);
        else if (!Says(read.Text)) problems.Add("words", texts["staff.purpose.words.nothing", read.Text]);
    }

    /// <summary>Whether words can mean something: one letter again and again, or signs alone, do not.</summary>
    static bool Says(string words)
    {
        var letters = words.ToLowerInvariant().EnumerateRunes().Where(Rune.IsLetter).ToList();
        // Of scripts whose letters are words or syllables, two say as much as four others.
        var needed = letters.Exists(r => Rune.GetUnicodeCategory(r) is UnicodeCategory.OtherLetter) ? 2 : 4;
        return letters.Count >= needed && letters.Distinct().Count() >= Math.Min(needed, 3);
    }

    /// <summary>The name of the cookie.</summary>
    public static string CookieName(IConfiguration configuration) => CookieNames.For("purpose", configuration);

    /// <summary>The cookie's value: worth something for this session of this member alone, for as long.</summary>
    public static string Seal(IDataProtectionProvider keys, long member, long session, string purpose, TimeSpan lifetime) =>
        Protector(keys, member, session).Protect(purpose, lifetime);

    static ITimeLimitedDataProtector Protector(IDataProtectionProvider keys, long member, long session) =>
        keys.CreateProtector("staff.purpose", $"{member}", $"{session}").ToTimeLimitedDataProtector();

    string? Open()
    {
        if (current is not { Id: { } member, Session: { } session }) return null;
        var cookie = http.HttpContext?.Request.Cookies[CookieName(configuration)];
        if (cookie is not { Length: > 0 and < 2000 }) return null;
        try { return Protector(keys, member, session).Unprotect(cookie); }
        catch (Exception error) when (error is CryptographicException or FormatException) { return null; }
    }
}
