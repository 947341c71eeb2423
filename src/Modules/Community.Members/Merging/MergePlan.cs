using System.Text.Json;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>A field in which two members differ, of which staff choose one.</summary>
/// <param name="Field"><c>name</c>, <c>bio</c>, <c>language</c>, or <c>attribute.</c> and its id.</param>
/// <param name="Label">What the page calls it, in the reader's language, or a text key.</param>
/// <param name="Kept">The value of the member who stays; null where the reader may not see it.</param>
/// <param name="Gone">The other's.</param>
public sealed record MergeConflict(string Field, string Label, string? Kept, string? Gone);

/// <summary>What making two members one would do, shown before it is done.</summary>
/// <param name="Rows">Of each list of the modules: how many rows become the kept member's, and how many are dropped.</param>
/// <param name="Conflicts">What is to be chosen.</param>
/// <param name="Role">The role that the kept member will have.</param>
/// <param name="Withdrawn">Names of the kinds of mail that the kept member will no longer get.</param>
/// <param name="StopsMail">All direct mail will be stopped, as the other had it stopped.</param>
/// <param name="Suppresses">The kept member's address will get no direct mail.</param>
/// <param name="Suspends">The kept member will be suspended, as the other is.</param>
public sealed record MergePlan(
    IReadOnlyList<(string Module, string List, int Moved, int Dropped)> Rows,
    IReadOnlyList<MergeConflict> Conflicts,
    string? Role,
    IReadOnlyList<string> Withdrawn,
    bool StopsMail,
    bool Suppresses,
    bool Suspends
)
{
    /// <summary>What the page calls a module's list: by words of its own, or those of the member's copy of their data.</summary>
    public static string NameOf(string module, string list, IStringLocalizer texts) =>
        texts["merge.rows." + list] is { ResourceNotFound: false } own ? own
        : texts[$"export.{JsonNamingPolicy.CamelCase.ConvertName(module)}.{list}"] is { ResourceNotFound: false } exported ? exported
        : list;
}

/// <summary>The rules by which two members become one.</summary>
static class MergeRules
{
    /// <summary>The lower of two roles: the one whose permissions are all among the other's; else none.</summary>
    public static async Task<string?> LowerRole(string? one, string? other, StaffRoles roles, CancellationToken ct)
    {
        if (one == other) return one;
        if (one is null || other is null) return null;
        var (of, ofOther) = (await roles.PermissionsOf(one, ct), await roles.PermissionsOf(other, ct));
        return of.IsSubsetOf(ofOther) ? one : ofOther.IsSubsetOf(of) ? other : null;
    }

    /// <summary>
    /// Kinds of mail that the kept member loses: those that the other withdrew, or would not get since stopping all mail. What only the
    /// other agreed to is not agreed to for the kept address.
    /// </summary>
    public static List<long> Withdrawn(Member kept, Member gone)
    {
        bool Gets(Member m, long kind) =>
            m.Consents.Any(c => c.KindId == kind && c.Granted && (m.MailStoppedAt is null || c.Since >= m.MailStoppedAt));
        return
        [
            .. kept
                .Consents.Where(c => c.Granted)
                .Select(c => c.KindId)
                .Where(kind =>
                    !Gets(gone, kind) && (gone.MailStoppedAt is not null || gone.Consents.Any(c => c.KindId == kind && !c.Granted))
                ),
        ];
    }

    /// <summary>A suppression that says something about the person, not only about the address.</summary>
    public static Task<Suppression?> SuppressionOf(SiteDb db, Member gone, CancellationToken ct) =>
        db.Suppressions.AsNoTracking().FirstOrDefaultAsync(
            s => s.AddressHash == gone.AddressHash && s.Reason != SuppressionReason.Bounce, ct);
}
