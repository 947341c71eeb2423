namespace Community.Mailing;

/// <summary>Who made one version of a mailing, and when. Whoever made one that nobody has approved approves none of them.</summary>
public sealed class MailingRevision
{
    public long MailingId { get; set; }
    /// <summary>See <see cref="Mailing.Rev"/>.</summary>
    public int Rev { get; set; }
    public long By { get; set; }
    public DateTime At { get; set; }
}
