using System.Text;

namespace Community.Mail.Smtp;

public partial class SmtpClient
{
    private const int MaxGroupSize = 50, StartMailInput = 354;

    private bool _needsReset;
    private bool _pipeliningBroken;

    /// <summary>Says MAIL and RCPT, and DATA if it may go along; reads every answer of a group before it judges.</summary>
    /// <returns>How it ended, if it did; else the recipients refused, and the answer to DATA if that went along.</returns>
    private async Task<(SendResult? Ended, List<RefusedRecipient> Refused, SmtpReply? Data)> SayEnvelopeAsync(
        SmtpEnvelope envelope, EnvelopeCommands commands, bool withData, CancellationToken cancellationToken)
    {
        var pipelined = Capabilities.HasFlag(SmtpCapabilities.Pipelining) && !Options.NoPipelining && !_pipeliningBroken;
        List<string> lines = [commands.Mail, .. commands.Rcpt];
        withData &= pipelined && lines.Count < MaxGroupSize;
        if (withData) lines.Add("DATA");
        var replies = new List<SmtpReply>();
        _needsReset = true; // until the server has the dot
        try
        {
            foreach (var group in lines.Chunk(pipelined ? MaxGroupSize : 1))
            {
                await WriteGroupAsync(group, PhaseOf(replies.Count, lines.Count, withData), cancellationToken);
                foreach (var _ in group)
                {
                    var phase = PhaseOf(replies.Count, lines.Count, withData);
                    var reply = await ReadAsync(
                        phase,
                        phase == SmtpPhase.Data ? Options.Timeouts.Data : Options.Timeouts.Command,
                        cancellationToken
                    );
                    if (phase != SmtpPhase.Data)
                        Judge(reply, phase);
                    if (!IsConnected)
                        return (SendResult.From(reply, phase), [], null); // 421
                    replies.Add(reply);
                }
                if (!replies[0].IsSuccess) break;
            }
        }
        catch (SmtpProtocolException) when (pipelined && replies.Count > 0)
        {
            _pipeliningBroken = true; // promised, and not kept: the next connection asks one by one
            throw;
        }
        var data = withData ? replies[^1] : null;
        if (!replies[0].IsSuccess) return (SendResult.From(replies[0], SmtpPhase.MailFrom), [], data);
        var answers = replies.GetRange(1, envelope.Recipients.Count);
        var refused = envelope.Recipients.Zip(answers).Where(p => !p.Second.IsSuccess)
            .Select(p => new RefusedRecipient(p.First, p.Second.Code, p.Second.Enhanced, p.Second.Text)).ToList();
        if (refused.Count < answers.Count) return (null, refused, data);
        // One that may be tried again makes the whole worth trying again.
        var ended = SendResult.From(answers.Find(r => r.Code < 500) ?? answers[0], SmtpPhase.RcptTo) with { Refused = refused };
        return (ended, refused, data);
    }

    private static SmtpPhase PhaseOf(int index, int count, bool withData) =>
        index == 0 ? SmtpPhase.MailFrom : withData && index == count - 1 ? SmtpPhase.Data : SmtpPhase.RcptTo;

    private Task WriteGroupAsync(string[] lines, SmtpPhase phase, CancellationToken cancellationToken) =>
        WithinAsync(phase, Options.Timeouts.Command, cancellationToken, async token =>
        {
            if (lines.Any(l => l.AsSpan().ContainsAny('\r', '\n', '\0'))) throw new InvalidOperationException("A command is one line.");
            foreach (var line in lines) ProtocolLogger?.Client(line);
            await Connection.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\r\n"))), token);
            return 0;
        });

    private async Task ResetAsync(CancellationToken cancellationToken)
    {
        if (!_needsReset) return;
        var reply = await CommandAsync("RSET", SmtpPhase.Reset, Options.Timeouts.Reset, cancellationToken);
        _needsReset = false;
        if (reply.IsSuccess) return;
        Drop();
        throw new SmtpProtocolException(
            SendResult.NotSent(SmtpPhase.Reset, reply.Text) with
            {
                Code = reply.Code,
                Enhanced = reply.Enhanced,
            }
        );
    }
}
