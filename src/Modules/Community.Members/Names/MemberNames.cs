using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>
/// Which names a member may have: a valid name (<see cref="Naming"/>) that cannot be mistaken for staff. Reserved, by appearance
/// (<see cref="LookAlikes"/>), are the names of the staff, the site and its sender, and the words for staff in every language, alone or
/// beside such a name. A member may take a name just as its bearer becomes staff; the staff member's page then shows the other member.
/// </summary>
public sealed class MemberNames(SiteDb db, ReservedNames given, IStringLocalizer texts)
{
    /// <summary>How many look-alikes are listed at most.</summary>
    public const int MaxShown = 20;

    static readonly IReadOnlyList<string> words =
    [
        .. Texts
            .Languages.SelectMany(l =>
                Texts.Read(typeof(MemberNames).Assembly, l)["members.name.reserved.words"].Split(',', StringSplitOptions.TrimEntries)
            )
            .Select(LookAlikes.Of)
            .Distinct()
            .OrderByDescending(w => w.Length),
    ];

    /// <summary>What is wrong with a name, without asking the database; null if nothing is.</summary>
    public static string? Problem(string? typed, IStringLocalizer texts)
    {
        var read = Naming.Read(typed);
        return read.Fault is NameFault.Missing ? texts["members.name.missing"].Value
            : read.Problem is { } wrong ? texts[wrong].Value
            : new System.Globalization.StringInfo(read.Text).LengthInTextElements > Member.MaxNameLength || read.Text.Length > 200
                ? texts["members.name.long", Member.MaxNameLength].Value
            : null;
    }

    /// <summary>What is wrong with a name for this member, or for somebody who is not a member yet; null if nothing is.</summary>
    /// <param name="typed">The name.</param>
    /// <param name="member">Who is to have it. Reserved names do not apply to staff, nor to a name that is unchanged.</param>
    /// <param name="ct">Cancels it.</param>
    /// <remarks>Nor has anybody the name that somebody else gave up a short time ago: <see cref="ReservedNames"/>.</remarks>
    public async Task<string?> Problem(string? typed, Member? member, CancellationToken ct = default)
    {
        if (Problem(typed, texts) is { } wrong) return wrong;
        if (member?.Role is not null || (member is not null && Naming.Read(typed).Text == member.Name)) return null;
        var name = Naming.Read(typed).Text;
        return await IsReserved(name, ct) ? texts["members.name.reserved"].Value
            : await given.Has(LookAlikes.Of(name), member?.Id, ct) ? texts["members.name.given-up"].Value
            : null;
    }

    /// <summary>
    /// The member takes another name; the present one is kept from others for a time. In the transaction of the next save.
    /// </summary>
    public async Task Rename(Member member, string name, CancellationToken ct = default)
    {
        if (LookAlikes.Of(name) is var look && look != member.Skeleton) await given.GiveUp(member.Skeleton, member.Id, erased: false, ct);
        member.Rename(name);
    }

    async Task<bool> IsReserved(string name, CancellationToken ct) => (await Reserved(ct))(name);

    /// <summary>Whether a name looks like one of <paramref name="taken"/>, or like a word for staff.</summary>
    public static bool IsReserved(string name, IReadOnlyList<string> taken)
    {
        var skeleton = LookAlikes.Of(name);
        if (skeleton.Length == 0) return false;
        if (words.Contains(skeleton)) return true;
        var looks = taken.Select(LookAlikes.Of).Where(l => l.Length > 0).ToHashSet();
        if (looks.Contains(skeleton)) return true;
        // "Ruth Ellery (staff)", "管理者 田中"
        return Beside(skeleton).Any(looks.Contains);
    }

    /// <summary>The same question for many names, with the looks of what is taken made once.</summary>
    public async Task<Func<string, bool>> Reserved(CancellationToken ct)
    {
        var taken = await db.Members.Where(m => m.Role != null).Select(m => m.Name).ToListAsync(ct);
        taken.AddRange([db.Site.Name, db.Site.MailFromName]);
        var looks = taken.Select(LookAlikes.Of).Where(l => l.Length > 0).ToHashSet();
        return name => LookAlikes.Of(name) is { Length: > 0 } skeleton
            && (words.Contains(skeleton) || looks.Contains(skeleton) || Beside(skeleton).Any(looks.Contains));
    }

    static IEnumerable<string> Beside(string skeleton) =>
        words
            .Where(w => skeleton.Length > w.Length)
            .SelectMany(w =>
                new[]
                {
                    skeleton.StartsWith(w, StringComparison.Ordinal) ? skeleton[w.Length..] : "",
                    skeleton.EndsWith(w, StringComparison.Ordinal) ? skeleton[..^w.Length] : "",
                }
            );

    /// <summary>Members without a role whose names look like this staff member's: they had them before they became reserved.</summary>
    public static IQueryable<Member> Like(SiteDb db, Member staff)
    {
        var (skeleton, id) = (staff.Skeleton, staff.Id);
        return db
            .Members.AsNoTracking()
            .Where(m => m.Skeleton == skeleton && m.Id != id && m.Role == null && m.Skeleton != "")
            .OrderBy(m => m.Id)
            .Take(MaxShown);
    }
}
