using System.Collections.Concurrent;
using Community.Kernel;
using Community.Mail;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Logging;
using MimeKit;

namespace Community.Mailing;

/// <summary>What became of a message that was in hand.</summary>
public readonly record struct Handed(long Mailing, long Delivery, Completion Completion);

/// <summary>Hands one message over: lease, write, send up to the dot, commit the intent, the dot, settle.</summary>
public sealed class HandOver(
    SiteScopes scopes,
    MailTransport transport,
    IStringLocalizer texts,
    ModuleList modules,
    TimeProvider time,
    ILogger<HandOver> logger
)
{
    /// <summary>
    /// So many refused, or without an answer behind the dot, one after the other are no chance: something is wrong with the mailing or with
    /// us.
    /// </summary>
    const int MaxRefusalsInARow = 30;
    const int MaxTemplates = 50;
    static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(300);

    /// <summary>The messages, with the features of the site for which they were made.</summary>
    readonly ConcurrentDictionary<(long Site, long Mailing), (MailingMessage Message, IReadOnlySet<string> Features)> templates = new();
    readonly ConcurrentDictionary<(long Site, long Mailing), int> refusals = new();
    readonly ConcurrentDictionary<long, long> lastMailing = new();

    /// <summary>Null if the site had nothing due.</summary>
    /// <param name="ct">Ends what is under way; before the dot it is undone, after it the answer is unknown.</param>
    public async Task<Handed?> One(Site site, ProcessIncarnation process, CancellationToken ct)
    {
        var leased = await scopes.Run(
            site,
            s => s.GetRequiredService<LeaseDelivery>().Next(process, lastMailing.GetValueOrDefault(site.Id), ct)
        );
        if (leased is null)
            return null;
        lastMailing[site.Id] = leased.Mailing.Id;
        await Faults.At("mailing.after-lease", site);
        SendResult result;
        try
        {
            var content = FrozenContent.Parse(leased.Mailing.Content!);
            var message = Template(site, leased.Mailing, content);
            if (message.UnknownFields.Count > 0 && !leased.Mailing.IsTest)
            {
                // A feature whose field the mailing holds was switched off meanwhile.
                await Settling(site, s => s.Return(leased, process));
                await Settling(site, s => s.Suspend(leased.Mailing.Id, StopReason.FieldGone, string.Join(" ", message.UnknownFields)));
                return new(leased.Mailing.Id, leased.Delivery.Id, Completion.None);
            }
            result = await Send(site, leased, message, content, process, ct);
        }
        catch (Exception error) when (error is LeaseLost || ct.IsCancellationRequested)
        {
            await Settling(site, s => s.Return(leased, process));
            return new(leased.Mailing.Id, leased.Delivery.Id, Completion.None);
        }
        catch (Exception error)
        {
            // Whatever it was: undone if the intent was not committed, else it stays in doubt.
            if (Failures.IsPassing(error)) await Settling(site, s => s.Return(leased, process));
            // A message that we cannot write comes up again at each turn: it counts as tried, so that it ends, and the others are not held
            // up.
            else await Settling(site, s => s.Fail(leased, process, error));
            throw;
        }
        await Faults.At("mailing.after-dot", site);
        var completion = Completion.None;
        await Settling(site, async s => completion = await s.Settle(leased, process, result));
        await Watch(site, leased, result, completion);
        return new(leased.Mailing.Id, leased.Delivery.Id, completion);
    }

    /// <summary>The relay has been away for days: a person decides whether what waits is still wanted.</summary>
    public Task Hold(Site site, long mailing) => Settling(site, s => s.Suspend(mailing, StopReason.RelayAway));

    async Task<SendResult> Send(
        Site site,
        LeasedDelivery leased,
        MailingMessage mailing,
        FrozenContent content,
        ProcessIncarnation process,
        CancellationToken ct
    )
    {
        var to = await scopes.Run(site, s => mailing.For(leased.To, s, ct));
        MimeMessage message;
        try
        {
            message = mailing.Write(to, leased.Delivery.MessageId(leased.Mailing, content.Host), time.GetUtcNow().UtcDateTime);
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            return SendResult.Unwritable(error.Message);
        }
        return await transport.Deliver(
            message,
            content.From,
            leased.To.Email,
            token => scopes.Run(site, s => s.GetRequiredService<SettleDelivery>().MarkInFlight(leased, process, token)),
            ct
        );
    }

    MailingMessage Template(Site site, Mailing mailing, FrozenContent content)
    {
        if (templates.Count > MaxTemplates) templates.Clear();
        var key = (site.Id, mailing.Id);
        if (templates.TryGetValue(key, out var made) && made.Features.SetEquals(site.Features)) return made.Message;
        var message = new MailingMessage(content, texts, MergeFields.On(modules, site));
        templates[key] = (message, site.Features);
        return message;
    }

    async Task Watch(Site site, LeasedDelivery leased, SendResult result, Completion completion)
    {
        var key = (site.Id, leased.Mailing.Id);
        if (result.Verdict == SendVerdict.Accepted) refusals.TryRemove(key, out _);
        var counts = result.Verdict is SendVerdict.Refused or SendVerdict.SenderRefused or SendVerdict.Ambiguous;
        var inARow = counts ? refusals.AddOrUpdate(key, 1, (_, n) => n + 1) : 0;
        if (completion != Completion.Refused && inARow < MaxRefusalsInARow) return;
        refusals.TryRemove(key, out _);
        logger.LogWarning(
            "Site {Site}: mailing {Mailing} is suspended: {Code} {Text}",
            site.Key,
            leased.Mailing.Id,
            result.Code,
            UntrustedText.Safe(result.Text)
        );
        await Settling(site, s => s.Suspend(leased.Mailing.Id, StopReason.Refused, UntrustedText.Safe($"{result.Code} {result.Text}")));
    }

    /// <summary>An outcome that cannot be written down stays ambiguous for ever; so it is tried a few times.</summary>
    async Task Settling(Site site, Func<SettleDelivery, Task> write)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await scopes.Run(site, s => write(s.GetRequiredService<SettleDelivery>()));
                return;
            }
            catch (Exception error) when (error is not OperationCanceledException && tries < 5)
            {
                logger.LogWarning(
                    "Site {Site}: an outcome could not be written down, try {Try}: {Error}",
                    site.Key,
                    tries,
                    UntrustedText.Trace(error)
                );
                await Task.Delay(BetweenTries * tries);
            }
        }
    }
}
