using Community.Mail;
using MimeKit;

namespace Community.Kernel;

/// <summary>Development only: stores every message as an .eml file, readable at <c>/dev/mail</c>. Nothing leaves the machine.</summary>
public sealed class DevMailbox(string folder, TimeProvider time) : MailTransport
{
    /// <summary>Beyond this number the oldest are deleted.</summary>
    const int MaxKept = 2000;

    public override Task<SendResult> Deliver(
        MimeMessage message, string sender, string recipient, Func<CancellationToken, Task>? beforeFinalDot, CancellationToken ct) =>
        Deliver(OutgoingMessage.ToBytes(message), sender, recipient, beforeFinalDot, ct);

    public override async Task<SendResult> Deliver(
        ReadOnlyMemory<byte> message,
        string sender,
        string recipient,
        Func<CancellationToken, Task>? beforeFinalDot,
        CancellationToken ct
    )
    {
        if (beforeFinalDot is not null) await beforeFinalDot(ct);
        await Keep(message, recipient, ct);
        return new SendResult(SendStatus.Accepted, SmtpPhase.FinalDot, 250, "2.0.0", "kept in the development mailbox");
    }

    /// <summary>Stores a message that has come from elsewhere.</summary>
    public async Task Keep(ReadOnlyMemory<byte> bytes, string recipient, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        // Names sort by time. Written to a temporary file and moved, so that a reader never sees half a message.
        var file = Path.Combine(folder, $"{time.GetUtcNow():yyyyMMddHHmmssfff}-{Guid.NewGuid():N}.eml");
        await File.WriteAllBytesAsync(
            file + ".new",
            [.. "X-Envelope-To: "u8, .. System.Text.Encoding.UTF8.GetBytes(recipient), .. "\r\n"u8, .. bytes.Span],
            ct
        );
        File.Move(file + ".new", file);
        foreach (var old in Files().Skip(MaxKept)) File.Delete(Path.Combine(folder, old));
    }

    /// <summary>Names of the messages, newest first.</summary>
    public IEnumerable<string> Files() =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.eml").Select(f => Path.GetFileName(f)!).OrderDescending() : [];

    /// <summary>The message with this file name; null if there is none.</summary>
    public async Task<(MimeMessage Message, string Source)?> Open(string name, CancellationToken ct = default)
    {
        if (!Files().Contains(name)) return null;
        var bytes = await File.ReadAllBytesAsync(Path.Combine(folder, name), ct);
        return (IncomingMessage.Read(bytes, int.MaxValue), System.Text.Encoding.Latin1.GetString(bytes));
    }
}
