using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Unicode;

namespace Community.Mail;

/// <summary>
/// Hands over messages that are there as octets, on a connection without TLS to a server that takes commands in groups (RFC 2920): sender,
/// recipient and DATA leave in one write, and a short text together with its dot. For who sends very many.
/// </summary>
/// <remarks>The library greets and signs in; TLS, and a server that takes one command after the other, are left to it.</remarks>
sealed class PipelinedDialogue(Socket socket, RelayClient.Progress progress, RelayLimits limits, TimeProvider clock)
{
    /// <summary>
    /// A text up to this size is held back until its dot may leave: it fits into the socket's buffer, so that no server can keep the dot
    /// waiting behind it.
    /// </summary>
    const int MaxHeldBack = 8 * 1024;

    /// <summary>Of a longer text, what one time limit is for.</summary>
    const int Block = 64 * 1024;

    ArrayBufferWriter<byte> output = new(4096);
    byte[] input = new byte[1024];
    int start, end;

    /// <summary>The server has said something that nobody has asked for.</summary>
    public bool HasUnread => start < end;

    /// <summary>After a refusal: what the server waits for now is not known, so the connection cannot be used again.</summary>
    public bool IsOver { get; private set; }

    /// <param name="message">With fields; not to be changed meanwhile.</param>
    /// <param name="from">The return path as on the wire; empty for none.</param>
    /// <param name="to">The mailbox as on the wire.</param>
    /// <param name="commit">Awaited before the dot; if it throws, the dot is not written. From then on its own limit holds.</param>
    /// <param name="time">Ends what takes too long.</param>
    /// <param name="ct">That of <paramref name="time"/>, or one that it ends.</param>
    /// <exception cref="IOException">Refused, as <see cref="RelayClient.Progress.Refusal"/> says; else there was no answer, or none that
    /// is one.</exception>
    public async Task<(int Code, string Text)> Hand(
        ReadOnlyMemory<byte> message, string from, string to, Func<Task> commit, CancellationTokenSource time, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        output.ResetWrittenCount();
        output.Ascii("MAIL FROM:<");
        output.Ascii(from);
        output.Ascii(">\r\nRCPT TO:<");
        output.Ascii(to);
        output.Ascii(">\r\nDATA\r\n");
        Limit();
        await Write(output.WrittenMemory, ct);
        await Accepted(SmtpPhase.MailFrom, 2, behind: 2);
        await Accepted(SmtpPhase.RcptTo, 2, behind: 1);
        await Accepted(SmtpPhase.Data, 3, behind: 0);
        progress.Phase = SmtpPhase.Body;
        Stuffed(message.Span);
        var text = output.WrittenMemory;
        if (text.Length > MaxHeldBack)
            for (; !text.IsEmpty; text = text[Math.Min(Block, text.Length)..])
            {
                Limit();
                await Write(text[..Math.Min(Block, text.Length)], ct);
            }
        await commit();
        output.Write(".\r\n"u8);
        await Write(text.IsEmpty ? output.WrittenMemory[^3..] : output.WrittenMemory, ct);
        // One long message is no reason to keep so much for each connection.
        if (output.Capacity > Block) output = new(4096);
        var last = await Reply(ct);
        return last.Code / 100 == 2 ? last : throw Refused(last);

        void Limit()
        {
            var left = limits.Delivery - clock.GetElapsedTime(began);
            time.CancelAfter(left < TimeSpan.Zero ? TimeSpan.Zero : left < limits.Command ? left : limits.Command);
        }

        async ValueTask Accepted(SmtpPhase phase, int digit, int behind)
        {
            progress.Phase = phase;
            // What has come together with the one before was not waited for.
            if (!HasUnread) Limit();
            var reply = await Reply(ct);
            if (reply.Code / 100 == digit) return;
            var refused = Refused(reply);
            if (progress.Refusal is { Code: not 421 }) await TakeBack(behind, Limit, ct);
            throw refused;
        }
    }

    IOException Refused((int Code, string Text) reply)
    {
        if (reply.Code >= 400) progress.Refusal = reply;
        return new(reply.Code >= 400 ? reply.Text : "The server's answer was to something else.");
    }

    /// <summary>What left behind the command that was refused is answered as well. Then the server is asked to forget the rest.</summary>
    async Task TakeBack(int behind, Action limit, CancellationToken ct)
    {
        try
        {
            for (; behind > 0; behind--)
            {
                limit();
                // It takes whatever comes for a message.
                if ((await Reply(ct)).Code / 100 == 3) throw new IOException("The server waits for a text without a recipient.");
            }
            limit();
            await Write("RSET\r\n"u8.ToArray(), ct);
            IsOver = (await Reply(ct)).Code / 100 != 2;
        }
        // It was refused, whatever came of the connection.
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException) { IsOver = true; }
    }

    async ValueTask Write(ReadOnlyMemory<byte> octets, CancellationToken ct)
    {
        while (!octets.IsEmpty) octets = octets[await socket.SendAsync(octets, SocketFlags.None, ct)..];
    }

    /// <summary>The text as it is on the wire: no line of it is a dot alone (RFC 5321 §4.5.2), and it ends with a line.</summary>
    void Stuffed(ReadOnlySpan<byte> text)
    {
        output.ResetWrittenCount();
        var endsWithLine = text.EndsWith("\r\n"u8);
        if (text.StartsWith("."u8)) output.Write("."u8);
        for (int at; (at = text.IndexOf("\n."u8)) >= 0; text = text[(at + 1)..])
        {
            output.Write(text[..(at + 1)]);
            output.Write("."u8);
        }
        output.Write(text);
        if (!endsWithLine) output.Write("\r\n"u8);
    }

    async ValueTask<(int Code, string Text)> Reply(CancellationToken ct)
    {
        var (code, text, length) = (0, "", 0);
        StringBuilder? lines = null;
        while (true)
        {
            int line;
            while ((line = input.AsSpan(start, end - start).IndexOf((byte)'\n')) < 0) await Fill(ct);
            var (next, words, isLast) = Line(input.AsSpan(start, line));
            start += line + 1;
            length += line + 1;
            if (length > RelayClient.Progress.MaxReply) throw RelayClient.Progress.HasNoEnd();
            if (code != 0 && next != code) throw new IOException("The server's answer has two codes.");
            if (code == 0) text = words;
            else (lines ??= new StringBuilder(text)).Append('\n').Append(words);
            code = next;
            if (isLast) return (code, lines?.ToString() ?? text);
        }
    }

    async ValueTask Fill(CancellationToken ct)
    {
        if (start > 0)
        {
            input.AsSpan(start, end - start).CopyTo(input);
            (start, end) = (0, end - start);
        }
        if (end == input.Length)
        {
            if (end > RelayClient.Progress.MaxReply) throw RelayClient.Progress.HasNoEnd();
            Array.Resize(ref input, 2 * end);
        }
        var read = await socket.ReceiveAsync(input.AsMemory(end), SocketFlags.None, ct);
        if (read == 0) throw new IOException("The server ended the connection.");
        end += read;
    }

    /// <summary>Three digits, and behind a hyphen or a space the words; nothing behind it is a last line as well.</summary>
    static (int Code, string Words, bool IsLast) Line(ReadOnlySpan<byte> line)
    {
        line = line.TrimEnd((byte)'\r');
        if (line.Length < 3 || line[0] is < (byte)'2' or > (byte)'5'
            || !int.TryParse(line[..3], NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            || (line.Length > 3 && line[3] is not ((byte)' ' or (byte)'-')))
            throw new IOException("The server's answer is none.");
        var words = line[Math.Min(4, line.Length)..];
        return (code, (Utf8.IsValid(words) ? Encoding.UTF8 : Encoding.Latin1).GetString(words), line.Length == 3 || line[3] == ' ');
    }
}
