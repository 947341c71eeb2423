using MimeKit.IO;

namespace Community.Mail;

/// <summary>Knows when all of a message is on the wire but the final dot is not.</summary>
/// <remarks>
/// MailKit writes a message through a <see cref="FilteredStream"/> (dot-stuffing) into a stream that buffers 4 KB, then writes the dot. So
/// after the last octet both are flushed and <see cref="Before"/> is awaited: the dot leaves in a separate write. MailKit does not
/// guarantee this behaviour; FateTests checks it.
/// </remarks>
sealed class FinalDot
{
    /// <summary>The body begins.</summary>
    public Action? Started { get; set; }

    /// <summary>If it throws, the dot is not written.</summary>
    public Func<Task>? Before { get; set; }

    /// <summary>All of the message was written to this stream.</summary>
    public async Task Reached(Stream stream, CancellationToken ct)
    {
        if (Before is null || stream is not FilteredStream filtered) return;
        await filtered.FlushAsync(ct);
        await filtered.Source.FlushAsync(ct);
        await Before();
    }
}
