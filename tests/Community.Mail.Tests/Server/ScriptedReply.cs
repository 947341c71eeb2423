namespace Community.Mail.Tests.Server;

/// <summary>What the scripted server does when a verb comes.</summary>
/// <param name="Text">Sent as it stands, with CRLF at the end if it has no LF; null sends nothing.</param>
public sealed record ScriptedReply(string? Text)
{
    public static readonly ScriptedReply Close = new((string?)null) { Closes = true };

    /// <summary>Says nothing and keeps the connection.</summary>
    public static readonly ScriptedReply Silence = new((string?)null);

    public bool Closes { get; init; }

    /// <summary>Octets per write; 0 for all at once.</summary>
    public int Piece { get; init; }

    /// <summary>Between two pieces.</summary>
    public TimeSpan Pause { get; init; }

    public TimeSpan Delay { get; init; }

    /// <summary>Answers only when this has ended.</summary>
    public Task Gate { get; init; } = Task.CompletedTask;

    /// <summary>Ends when all of the text has been sent.</summary>
    public TaskCompletionSource Sent { get; init; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ScriptedReply InPieces(int octets) => this with { Piece = octets };

    public ScriptedReply After(TimeSpan delay) => this with { Delay = delay };

    public ScriptedReply ThenClose() => this with { Closes = true };

    public ScriptedReply When(Task gate) => this with { Gate = gate };

    public static implicit operator ScriptedReply(string text) => new(text);
}
