using System.Collections.Concurrent;
using Community.Kernel;
using Community.Mail;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Logging;
using MimeKit;

namespace Community.Mailing;

/// <summary>The outcome of a leased message.</summary>
public readonly record struct Handed(long Mailing, long Delivery, Completion Completion);

/// <summary>Hands over one message: lease, write, send up to the final dot, commit the intent, send the dot, settle.</summary>
public sealed class HandOver(
    SiteScopes scopes,
    MailTransport transport,
    IStringLocalizer texts,
    TimeProvider time,
    ILogger<HandOver> logger
)
{
    /// <summary>
    /// This many consecutive rejections, or missing replies to the dot, are no coincidence: something is wrong with the mailing or with
    /// us.
    /// </summary>
    const int MaxRefusalsInARow = 30;
    const int MaxTemplates = 50;
    static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(300);

    /// <summary>Cached messages, each with the site's features for which it was built.</summary>
    readonly ConcurrentDictionary<(long Site, long Mailing), (MailingMessage Message, string Fields)> templates = new();
    readonly ConcurrentDictionary<(long Site, long Mailing), int> refusals = new();
    readonly ConcurrentDictionary<long, long> lastMailing = new();

    /// <summary>Null if the site had nothing due.</summary>
    /// <param name="ct">Aborts the sending: before the dot it is undone, after it the outcome is ambiguous.</param>
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
            // What modules and the site itself offer now; kept in memory.
            var fields = await scopes.Run(site, s => MergeFields.On(s.GetRequiredService<SiteDb>(), ct).AsTask());
            var message = Template(site, leased.Mailing, content, fields);
            if (message.UnknownFields.Count > 0 && !leased.Mailing.IsTest)
            {
                // A feature was switched off whose merge field the mailing uses.
                await Settling(site, s => s.Return(leased, process));
                await Settling(site, s => s.Suspend(leased.Mailing.Id, StopReason.FieldMissing, string.Join(" ", message.UnknownFields)));
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
            // Whatever the error: the lease is undone if the intent was not committed; otherwise the delivery stays ambiguous.
            if (Failures.IsPassing(error)) await Settling(site, s => s.Return(leased, process));
            // A message that cannot be written would come up at every turn. Count an attempt, so that it expires and does not hold
            // up the others.
            else await Settling(site, s => s.Fail(leased, process, error));
            throw;
        }
        await Faults.At("mailing.after-dot", site);
        var completion = Completion.None;
        await Settling(site, async s => completion = await s.Settle(leased, process, result));
        await Watch(site, leased, result, completion);
        return new(leased.Mailing.Id, leased.Delivery.Id, completion);
    }

    /// <summary>The relay has been unreachable for days: suspends the mailing, so that a person can decide.</summary>
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
        MimeMessage message;
        try
        {
            var to = await scopes.Run(site, s => mailing.For(leased.To, s, ct));
            message = mailing.Write(to, leased.Delivery.MessageId(leased.Mailing, content.Host), time.GetUtcNow().UtcDateTime);
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            return SendResult.Unwritable(error.Message);
        }
        return await transport.Deliver(
            message,
            leased.ReturnTo ?? content.From,
            leased.To.Email,
            token => scopes.Run(site, s => s.GetRequiredService<SettleDelivery>().MarkInFlight(leased, process, token)),
            ct
        );
    }

    string NoValue(Site site) => texts.In(site.Culture, "mailing.no-value");

    MailingMessage Template(Site site, Mailing mailing, FrozenContent content, MergeFields fields)
    {
        if (templates.Count > MaxTemplates) templates.Clear();
        var key = (site.Id, mailing.Id);
        if (templates.TryGetValue(key, out var made) && made.Fields == fields.Written) return made.Message;
        // A test goes to whoever asked for it, who may have no value.
        var message = new MailingMessage(content, texts, mailing.IsTest ? fields.ToLookAt(null, NoValue(site)) : fields);
        templates[key] = (message, fields.Written);
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

    /// <summary>Retries a few times, since an outcome that is not recorded leaves the delivery ambiguous for ever.</summary>
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
