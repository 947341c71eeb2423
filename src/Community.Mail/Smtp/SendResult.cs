using System.Text.RegularExpressions;

namespace Community.Mail.Smtp;

/// <summary>How handing over one message ended.</summary>
/// <param name="Status">What to do next follows from this alone.</param>
/// <param name="Phase">Where it ended.</param>
/// <param name="Code">The server's reply code, 200 to 599; null if there was no reply.</param>
/// <param name="Enhanced">Class, subject and detail such as <c>5.1.1</c> (RFC 3463), if its class agrees with the code.</param>
/// <param name="Text">The server's words, or ours: one line, without controls.</param>
public sealed partial record SendResult(SendStatus Status, SmtpPhase Phase, int? Code, string? Enhanced, string Text)
{
    [GeneratedRegex(@"queued as ([A-Za-z0-9]{5,40})\b", RegexOptions.CultureInvariant)]
    private static partial Regex Queued();

    /// <summary>Recipients refused while others were accepted.</summary>
    public IReadOnlyList<RefusedRecipient> Refused { get; init; } = [];

    /// <summary>True if trying again is of no use: a 5xx, or an address or message that is refused here.</summary>
    public bool IsPermanent => Status == SendStatus.RejectedPermanent || (Status == SendStatus.NotSent && Phase == SmtpPhase.Local);

    /// <summary>The queue identifier in Postfix's answer, or null.</summary>
    public string? QueueId =>
        Status == SendStatus.Accepted && Queued().Match(Text) is { Success: true } match ? match.Groups[1].Value : null;

    internal static SendResult From(SmtpReply reply, SmtpPhase phase) =>
        new(reply.IsSuccess ? SendStatus.Accepted : reply.Code < 500 ? SendStatus.RejectedTransient : SendStatus.RejectedPermanent,
            phase, reply.Code, reply.Enhanced, reply.Text);

    internal static SendResult NotSent(SmtpPhase phase, string text) => new(SendStatus.NotSent, phase, null, null, text);
}
