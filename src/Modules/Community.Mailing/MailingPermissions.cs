namespace Community.Mailing;

public static class MailingPermissions
{
    /// <summary>Write drafts, count and list their recipients, view results.</summary>
    public const string Write = "mailing.write";
    /// <summary>Schedule, pause, resume, stop.</summary>
    public const string Send = "mailing.send";
    /// <summary>Approve mailings that somebody else has reserved.</summary>
    public const string Approve = "mailing.approve";
}
