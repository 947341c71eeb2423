using Community.Mail.Smtp;
using Community.Mail.Tests.Server;
using static Community.Mail.Tests.Smtp.Sending;

namespace Community.Mail.Tests.Smtp;

public sealed class TimeoutTests
{
    [Theory]
    [InlineData("CONNECT", 300)]
    [InlineData("EHLO", 300)]
    [InlineData("MAIL", 300)]
    [InlineData("RCPT", 300)]
    [InlineData("DATA", 120)]
    [InlineData(".", 600)]
    public async Task Each_phase_waits_as_long_as_Postfix_would(string verb, int seconds)
    {
        var clock = new HandClock();
        await using var server = new ScriptedSmtpServer().On(verb, ScriptedReply.Silence).Start();
        var delivering = DeliverAsync(server, clock);
        await WaitingAsync(server, verb, clock, seconds);
        clock.Advance(TimeSpan.FromSeconds(seconds - 1));
        await Task.Delay(20);
        Assert.False(delivering.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(
            verb == "." ? SendStatus.Ambiguous : SendStatus.NotSent,
            (await delivering.WaitAsync(TimeSpan.FromSeconds(10))).Status
        );
    }

    [Fact]
    public async Task An_answer_to_the_dot_after_9_minutes_50_is_still_an_answer()
    {
        var clock = new HandClock();
        var answer = new TaskCompletionSource();
        await using var server = new ScriptedSmtpServer().On(".", new ScriptedReply("250 2.0.0 At last").When(answer.Task)).Start();
        var delivering = DeliverAsync(server, clock);
        await WaitingAsync(server, ".", clock, 600);
        clock.Advance(TimeSpan.FromSeconds(590));
        answer.SetResult();
        Assert.Equal((SendStatus.Accepted, "2.0.0 At last"), await delivering is var r ? (r.Status, r.Text) : default);
    }

    private static async Task<SendResult> DeliverAsync(ScriptedSmtpServer server, HandClock clock)
    {
        try { return await DeliverOnceAsync(server, new() { Clock = clock }); }
        catch (SmtpProtocolException e) { return e.Result; }
    }

    // The server has the verb, and the client has gone from writing to waiting.
    private static async Task WaitingAsync(ScriptedSmtpServer server, string verb, HandClock clock, int seconds)
    {
        bool Reached() =>
            verb switch
            {
                "CONNECT" => server.Connections == 1,
                "." => server.Messages.Count == 1,
                _ => server.Commands.Any(c => c.StartsWith(verb, StringComparison.Ordinal)),
            };
        while (!Reached())
            await Task.Delay(5);
        for (var seen = 0; seen < 3; seen = clock.Pending.SequenceEqual([TimeSpan.FromSeconds(seconds)]) ? seen + 1 : 0)
            await Task.Delay(15);
    }
}
