using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Community.Mail.Smtp;

public partial class SmtpClient
{
    private SmtpConnection Connection => _connection ?? throw new InvalidOperationException("Connect first.");

    private async Task<SmtpReply> CommandAsync(
        string line,
        SmtpPhase phase,
        TimeSpan limit,
        CancellationToken cancellationToken,
        string? secretAfter = null
    )
    {
        var reply = await WithinAsync(phase, limit, cancellationToken, async token =>
        {
            await WriteAsync(line, token, secretAfter);
            return await Connection.ReadReplyAsync(token);
        });
        return Heed(reply);
    }

    private async Task<SmtpReply> ReadAsync(SmtpPhase phase, TimeSpan limit, CancellationToken cancellationToken) =>
        Heed(await WithinAsync(phase, limit, cancellationToken, token => Connection.ReadReplyAsync(token)));

    private SmtpReply Heed(SmtpReply reply)
    {
        _usedAt = Options.Clock.GetTimestamp();
        if (reply.Code == SmtpReply.ClosingDown) Drop();
        return reply;
    }

    /// <summary>The one place where commands leave: a line is whole, single, and in one write.</summary>
    private async ValueTask WriteAsync(string line, CancellationToken cancellationToken, string? secretAfter = null)
    {
        if (line.AsSpan().ContainsAny('\r', '\n', '\0')) throw new InvalidOperationException("A command is one line.");
        if (secretAfter is null) ProtocolLogger?.Client(line);
        else ProtocolLogger?.Secret(secretAfter);
        await Connection.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"), cancellationToken);
    }

    /// <summary>Runs one phase within its time; whatever breaks it drops the connection.</summary>
    /// <exception cref="SmtpProtocolException">Lost, silent or nonsense.</exception>
    /// <exception cref="OperationCanceledException">The caller's token.</exception>
    private async Task<T> WithinAsync<T>(
        SmtpPhase phase,
        TimeSpan limit,
        CancellationToken cancellationToken,
        Func<CancellationToken, ValueTask<T>> work
    )
    {
        using var clock = new CancellationTokenSource(limit, Options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, clock.Token);
        try
        {
            return await work(either.Token);
        }
        catch (Exception e)
            when (e is OperationCanceledException or IOException or SocketException or AuthenticationException or ObjectDisposedException)
        {
            Drop();
            cancellationToken.ThrowIfCancellationRequested();
            throw new SmtpProtocolException(
                phase,
                clock.IsCancellationRequested ? $"Nothing came within {limit.TotalSeconds:0.###} s." : Mime.HeaderRules.Clean(e.Message),
                e
            );
        }
    }

    /// <summary>Notices on an idle connection that the server has gone, perhaps with a 421.</summary>
    private async Task RequireQuietAsync(SmtpPhase phase)
    {
        if (!await Connection.HasUnaskedInputAsync()) return;
        var last = await WithinAsync(phase, Options.Timeouts.Reset, CancellationToken.None, token => Connection.ReadReplyAsync(token));
        Drop();
        throw new SmtpProtocolException(SendResult.NotSent(phase, last.Text) with { Code = last.Code, Enhanced = last.Enhanced });
    }

    private SmtpReply Require(SmtpReply reply, SmtpPhase phase)
    {
        if (reply.IsSuccess) return reply;
        Judge(reply, phase);
        throw new SmtpCommandException(SendResult.From(reply, phase));
    }

    /// <summary>A 3xx where 2xx, 4xx or 5xx belongs means that the two sides no longer speak of the same.</summary>
    private SmtpReply Judge(SmtpReply reply, SmtpPhase phase)
    {
        if (reply.IsSuccess || reply.IsRejection) return reply;
        Drop();
        throw new SmtpProtocolException(phase, $"The server answered {reply.Code} {reply.Text}");
    }
}
