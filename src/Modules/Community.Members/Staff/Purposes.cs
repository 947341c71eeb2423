namespace Community.Members;

/// <summary>What personal data is looked at for, as staff choose it and the audit log keeps it. Texts: <c>staff.purpose.…</c>.</summary>
public static class Purposes
{
    public static readonly IReadOnlyList<string> All = ["enquiry", "moderation", "mailing", "upkeep"];

    public static string? Of(string? chosen) => All.Contains(chosen) ? chosen : null;
}
