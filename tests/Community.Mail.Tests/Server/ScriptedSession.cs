using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Community.Mail.Tests.Server;

/// <summary>One connection to a <see cref="ScriptedSmtpServer"/>.</summary>
internal sealed class ScriptedSession(ScriptedSmtpServer server, TcpClient client)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start, _end;
    private Stream _stream = client.GetStream();
    private bool _secure;
    private string _recipient = "";

    public async Task RunAsync(CancellationToken stop)
    {
        using var _ = client;
        try
        {
            if (server.ImplicitTls) await SecureAsync(stop);
            if (!await AnswerAsync("CONNECT", "220 scripted ESMTP", stop)) return;
            while (await LineAsync(stop) is { } line)
                if (!await HandleAsync(line, stop)) return;
        }
        catch (Exception e)
            when (e
                    is IOException
                        or OperationCanceledException
                        or ObjectDisposedException
                        or System.Security.Authentication.AuthenticationException
            )
        { }
        finally
        {
            await _stream.DisposeAsync();
        }
    }

    private async Task<bool> HandleAsync(string line, CancellationToken stop)
    {
        server.Commands.Enqueue(line);
        var verb = line.Split(' ', ':')[0].ToUpperInvariant();
        if (verb == "RCPT" && line.IndexOf('<') is > 0 and var from && line.IndexOf('>') is var to && to > from)
            _recipient = line[(from + 1)..to];
        switch (verb)
        {
            case "EHLO":
                string[] lines = ["scripted", .. server.Offers.Where(o => !_secure || o != "STARTTLS")];
                return await AnswerAsync(
                    "EHLO",
                    string.Concat(lines.Select((l, i) => $"250{(i + 1 < lines.Length ? '-' : ' ')}{l}\r\n")),
                    stop
                );
            case "STARTTLS":
                if (!await AnswerAsync(verb, "220 2.0.0 Go ahead", stop)) return false;
                await SecureAsync(stop);
                return true;
            case "AUTH":
                return await AnswerAsync(verb, "235 2.7.0 Welcome", stop);
            case "DATA":
                return await AnswerAsync(verb, "354 Go on", stop, out354: true);
            case "QUIT":
                await AnswerAsync(verb, "221 Bye", stop);
                return false;
            default:
                return await AnswerAsync(
                    verb,
                    verb is "HELO" or "MAIL" or "RCPT" or "RSET" or "NOOP" ? "250 2.0.0 Ok" : "500 5.5.2 What?",
                    stop
                );
        }
    }

    /// <returns>False when the connection is to close.</returns>
    private async Task<bool> AnswerAsync(string verb, string normally, CancellationToken stop, bool out354 = false)
    {
        var reply = server.Next($"{verb} {_recipient}") ?? server.Next(verb) ?? new ScriptedReply(normally);
        await SendAsync(reply, stop);
        if (reply.Closes) return false;
        return !out354 || reply.Text?.StartsWith("354", StringComparison.Ordinal) != true || await MessageAsync(stop);
    }

    private async Task<bool> MessageAsync(CancellationToken stop)
    {
        var message = new List<byte>();
        while (true)
        {
            if (await ByteAsync(stop) is not { } b)
            {
                Interlocked.Increment(ref server._unfinished);
                return false;
            }
            message.Add(b);
            if (!(message.Count == 3 || message.Count > 4) || !EndsWith(message, message.Count == 3 ? ".\r\n" : "\r\n.\r\n")) continue;
            message.RemoveRange(message.Count - 3, 3);
            server.RawMessages.Enqueue([.. message]);
            server.Messages.Enqueue(
                Encoding.Latin1.GetBytes(
                    System.Text.RegularExpressions.Regex.Replace(Encoding.Latin1.GetString([.. message]), @"(^|\r\n)\.", "$1")
                )
            );
            return await AnswerAsync(".", "250 2.0.0 Ok: queued as 4F1D2A77", stop);
        }
    }

    private static bool EndsWith(List<byte> bytes, string end)
    {
        for (var i = 0; i < end.Length; i++) if (bytes[bytes.Count - end.Length + i] != end[i]) return false;
        return true;
    }

    private async Task SendAsync(ScriptedReply reply, CancellationToken stop)
    {
        if (reply.Delay > TimeSpan.Zero) await Task.Delay(reply.Delay, stop);
        await reply.Gate.WaitAsync(stop);
        if (reply.Text is null) return;
        var bytes = Encoding.Latin1.GetBytes(reply.Text.EndsWith('\n') || reply.Closes ? reply.Text : reply.Text + "\r\n");
        var piece = reply.Piece > 0 ? reply.Piece : Math.Max(1, bytes.Length);
        for (var i = 0; i < bytes.Length; i += piece)
        {
            await _stream.WriteAsync(bytes.AsMemory(i, Math.Min(piece, bytes.Length - i)), stop);
            await _stream.FlushAsync(stop);
            if (reply.Pause > TimeSpan.Zero) await Task.Delay(reply.Pause, stop);
            else if (reply.Piece > 0) await Task.Yield();
        }
        reply.Sent.TrySetResult();
    }

    private async Task SecureAsync(CancellationToken stop)
    {
        var tls = new SslStream(_stream);
        _stream = tls;
        _start = _end = 0;
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = server.Certificate }, stop);
        _secure = true;
    }

    private async Task<string?> LineAsync(CancellationToken stop)
    {
        var line = new List<byte>();
        while (await ByteAsync(stop) is { } b)
        {
            line.Add(b);
            if (b == '\n') return Encoding.UTF8.GetString([.. line]).TrimEnd('\r', '\n');
        }
        return null;
    }

    private async ValueTask<byte?> ByteAsync(CancellationToken stop)
    {
        if (_start == _end)
        {
            _start = 0;
            _end = await _stream.ReadAsync(_buffer, stop);
            if (_end == 0) return null;
            server.Writes.Enqueue(Encoding.Latin1.GetString(_buffer, 0, _end));
        }
        return _buffer[_start++];
    }
}
