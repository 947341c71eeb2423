namespace Community.Kernel;

/// <summary>What a file is for; decides who may see it (docs/decisions, files).</summary>
public enum FilePurpose
{
    Logo,
    Avatar,
    Post,
    /// <summary>A scan that proves something: never served below <c>/files/</c>, only by its module to those who may see it.</summary>
    Evidence,
    /// <summary>A file of members to import: served to nobody, deleted after the import.</summary>
    Import,
    /// <summary>A picture of a mailing, which mail programs load: as long as a mailing shows it, also one that was sent.</summary>
    Mail,
    /// <summary>A file that a mailing carries: never served below <c>/files/</c>, only by its module to those who write mailings.</summary>
    MailAttachment,
    /// <summary>A picture of a board: never served by its hash alone, only by Boards to those who may read the board.</summary>
    Board,
}

/// <summary>
/// A file of the site, stored under the SHA-256 of its content. The same content has one file, and a row per uploader and purpose,
/// so that one uploader can remove it without affecting another.
/// </summary>
public sealed class StoredFile
{
    public long Id { get; set; }
    /// <summary>SHA-256 of the stored content, in hexadecimal.</summary>
    public required string Hash { get; set; }
    public FilePurpose Purpose { get; set; }
    public long UploadedBy { get; set; }
    public DateTime UploadedAt { get; set; }
    public required string MediaType { get; set; }
    public required string Extension { get; set; }
    public long Bytes { get; set; }
    public int Width { get; set; }
    public int Height { get; set; }
    /// <summary>Since when nothing uses it, see <see cref="FileUses"/>; then it does not count, and goes after some days.</summary>
    public DateTime? UnusedSince { get; set; }

    /// <summary>Its name below <c>/files/</c>.</summary>
    public string Name => $"{Hash}.{Extension}";
    public string Url => "/files/" + Name;
}
