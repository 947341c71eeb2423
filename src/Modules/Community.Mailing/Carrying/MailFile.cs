using System.Text.Json;

namespace Community.Mailing;

/// <summary>A file that a mailing carries.</summary>
/// <param name="Hash">Of the stored content.</param>
/// <param name="Name">What its reader saves it as, see <see cref="Kernel.FileName"/>.</param>
/// <param name="MediaType">By its content, not by its name.</param>
/// <param name="Bytes">Of the stored content; in the message, a third more.</param>
public sealed record MailFile(string Hash, string Name, string MediaType, long Bytes)
{
    /// <summary>Of one mailing.</summary>
    public const int MaxFiles = 10;
    /// <summary>Of all files of one mailing. Many mailboxes take no message above 10 MB, and telephones none near it.</summary>
    public const int MaxBytes = 5 * 1024 * 1024;
    /// <summary>Of a whole message, in octets: with more, the larger part of all mail servers refuses it.</summary>
    public const int MaxMessage = 10_000_000;

    public static IReadOnlyList<MailFile> Parse(string? json) => json is null ? [] : JsonSerializer.Deserialize<List<MailFile>>(json)!;
    public static string ToJson(IReadOnlyList<MailFile> files) => JsonSerializer.Serialize(files);
}
