namespace Community.Mail.Smtp;

public partial class SmtpClient
{
    private const int Block = 32 * 1024;

    private static readonly ReadOnlyMemory<byte> Dot = ".\r\n"u8.ToArray();

    private async Task<SendResult> TransactAsync(SmtpEnvelope envelope, ReadOnlyMemory<byte> message, Action<RefusedRecipient>? refuse,
        Func<CancellationToken, Task>? beforeFinalDot, CancellationToken cancellationToken)
    {
        _ = Connection;
        var wire = DotStuffer.Stuff(message.Span);
        var eightBit = message.Span.ContainsAnyInRange((byte)0x80, (byte)0xFF);
        if (eightBit && !Capabilities.HasFlag(SmtpCapabilities.EightBitMime))
            return SendResult.NotSent(SmtpPhase.Local, "The message holds 8-bit text and the server takes 7 bits only.");
        if (MaxSize < wire.Length)
            return SendResult.NotSent(SmtpPhase.Local, $"The message has {wire.Length} octets and the server takes {MaxSize}.");
        var commands = EnvelopeCommands.Make(envelope, Capabilities, wire.Length, eightBit, out var refusal);
        if (commands is null) return SendResult.NotSent(SmtpPhase.Local, refusal);

        List<RefusedRecipient> refused;
        try
        {
            await RequireQuietAsync(SmtpPhase.MailFrom);
            await ResetAsync(cancellationToken);
            (var ended, refused, var data) = await SayEnvelopeAsync(
                envelope,
                commands,
                Options.PipelineData && refuse is null,
                cancellationToken
            );
            if (ended is null && refuse is not null)
                refused.ForEach(refuse);
            ended ??= await StartDataAsync(data, cancellationToken);
            if (ended is not null)
            {
                if (data?.Code == StartMailInput && IsConnected) await LoneDotAsync(cancellationToken);
                return ended;
            }
            if (await WriteBodyAsync(wire, cancellationToken) is { } early) return early;
        }
        catch (SmtpProtocolException e) { return e.Result; }

        await AnnounceDotAsync(beforeFinalDot, cancellationToken);
        try { await RequireQuietAsync(SmtpPhase.Body); } // gone meanwhile: then the dot never leaves, and nothing is in doubt
        catch (SmtpProtocolException e) { return e.Result; }
        return await FinalDotAsync(cancellationToken) with { Refused = refused };
    }

    private async Task<SendResult?> StartDataAsync(SmtpReply? reply, CancellationToken cancellationToken)
    {
        reply ??= await CommandAsync("DATA", SmtpPhase.Data, Options.Timeouts.Data, cancellationToken);
        if (reply.Code == StartMailInput) return null;
        if (reply.IsRejection) return SendResult.From(reply, SmtpPhase.Data);
        Drop();
        throw new SmtpProtocolException(SmtpPhase.Data, $"The server answered {reply.Code} {reply.Text}");
    }

    /// <summary>The server agreed to DATA though it took no recipient: an empty message brings it back (RFC 2920 §3.1).</summary>
    private async Task LoneDotAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WithinAsync(
                SmtpPhase.Data,
                Options.Timeouts.Data,
                cancellationToken,
                async token =>
                {
                    await Connection.WriteAsync(Dot, token);
                    return 0;
                }
            );
            await ReadAsync(SmtpPhase.Data, Options.Timeouts.Data, cancellationToken);
        }
        catch (SmtpProtocolException) { } // the refusal of the recipients stands
    }

    private async Task<SendResult?> WriteBodyAsync(ReadOnlyMemory<byte> wire, CancellationToken cancellationToken)
    {
        ProtocolLogger?.Message(wire.Length);
        for (; !wire.IsEmpty; wire = wire[Math.Min(Block, wire.Length)..])
        {
            // An answer in the middle of the message is a refusal; writing on would lose it in a reset.
            if (await Connection.HasUnaskedInputAsync())
            {
                var reply = await ReadAsync(SmtpPhase.Body, Options.Timeouts.Block, cancellationToken);
                Drop();
                return reply.IsRejection
                    ? SendResult.From(reply, SmtpPhase.Body)
                    : SendResult.NotSent(SmtpPhase.Body, $"The server answered {reply.Code} before the message ended.");
            }
            var block = wire[..Math.Min(Block, wire.Length)];
            await WithinAsync(
                SmtpPhase.Body,
                Options.Timeouts.Block,
                cancellationToken,
                async token =>
                {
                    await Connection.WriteAsync(block, token);
                    return 0;
                }
            );
        }
        return null;
    }

    private async Task AnnounceDotAsync(Func<CancellationToken, Task>? beforeFinalDot, CancellationToken cancellationToken)
    {
        try
        {
            if (beforeFinalDot is not null) await beforeFinalDot(cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
        }
        catch
        {
            Drop(); // an unfinished message is thrown away by the server (RFC 5321 §4.1.1.10)
            throw;
        }
    }

    private async Task<SendResult> FinalDotAsync(CancellationToken cancellationToken)
    {
        try
        {
            var reply = await WithinAsync(SmtpPhase.FinalDot, Options.Timeouts.FinalDot, cancellationToken, async token =>
            {
                ProtocolLogger?.Client(".");
                await Connection.WriteAsync(Dot, token);
                return await Connection.ReadReplyAsync(token);
            });
            Judge(Heed(reply), SmtpPhase.FinalDot);
            _needsReset = false;
            if (reply.IsSuccess) MessagesSent++;
            return SendResult.From(reply, SmtpPhase.FinalDot);
        }
        catch (SmtpProtocolException e)
        {
            return e.Result with { Status = SendStatus.Ambiguous };
        }
        catch (OperationCanceledException)
        {
            return new(SendStatus.Ambiguous, SmtpPhase.FinalDot, null, null, "Cancelled while the server's answer to the dot was awaited.");
        }
    }
}
