namespace Community.Members;

/// <summary>The purpose of viewing personal data, as chosen by staff and stored in the audit log. Texts: <c>staff.purpose.…</c>.</summary>
public static class Purposes
{
    public static readonly IReadOnlyList<string> All = ["enquiry", "moderation", "mailing", "upkeep"];

    public static string? Of(string? chosen) => All.Contains(chosen) ? chosen : null;
}
