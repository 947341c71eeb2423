using System.Globalization;
using Community.Ui;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>
/// Which text stood beside each box, as a hidden field of the form: <c>7.2 9.1</c> for kinds 7 and 9. Consent is to what was read, so a
/// box that was ticked beside an earlier text is shown again with the present one.
/// </summary>
public static class KindsSeen
{
    public const string Field = "KindsSeen";

    public static string Of(IEnumerable<MailKind> kinds) =>
        string.Join(' ', kinds.Select(k => string.Create(CultureInfo.InvariantCulture, $"{k.Id}.{k.Revision}")));

    /// <summary>Adds a problem if a text was changed since the form was opened, for kinds that are newly agreed to.</summary>
    public static void Check(
        IEnumerable<MailKind> kinds,
        IReadOnlySet<long> ticked,
        IReadOnlySet<long> before,
        string? seen,
        Problems problems,
        IStringLocalizer texts
    )
    {
        var read = (seen ?? "").Split(' ').ToHashSet();
        var changed = kinds.Where(k => ticked.Contains(k.Id) && !before.Contains(k.Id) && !read.Contains(Of([k]))).ToList();
        if (changed.Count > 0)
            problems.Add("Kinds", texts["members.kinds.changed", string.Join(texts["members.list"], changed.Select(k => k.Name))]);
    }
}
