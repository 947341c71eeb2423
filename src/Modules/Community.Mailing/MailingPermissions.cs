namespace Community.Mailing;

public static class MailingPermissions
{
    /// <summary>Write drafts, count and see who would get them, look at results.</summary>
    public const string Write = "mailing.write";
    /// <summary>Reserve, pause, resume, stop.</summary>
    public const string Send = "mailing.send";
}
