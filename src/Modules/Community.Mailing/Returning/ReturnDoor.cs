using System.Buffers;
using System.Net;
using Community.Kernel;
using Community.Mail;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SmtpServer;
using SmtpServer.Mail;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace Community.Mailing;

/// <summary>
/// The SMTP door behind the mail server, for what comes back: it takes mail to addresses of deliveries, and complaints at the address that
/// is registered with providers. A fault of ours is answered with a temporary error, so that the mail server keeps the message and tries
/// again.
/// </summary>
public sealed class ReturnDoor(SiteScopes scopes, SiteDirectory sites, IOptions<MailingOptions> options, ILogger<ReturnDoor> logger)
    : BackgroundService
{
    /// <summary>Beyond this number senders are put off: each message that is taken is held in memory.</summary>
    const int MaxConnections = 20;
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    int open;

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        if (options.Value.ReturnListen is not { Length: > 0 } listen) return;
        var settings = new SmtpServerOptionsBuilder()
            .ServerName("community")
            .Endpoint(e => e.Endpoint(IPEndPoint.Parse(listen)).SessionTimeout(Patience))
            .MaxMessageSize(options.Value.MaxReturnBytes, MaxMessageSizeHandling.Strict)
            .Build();
        var services = new SmtpServer.ComponentModel.ServiceProvider();
        services.Add((IMailboxFilter)new Addresses(this));
        services.Add((IMessageStore)new Messages(this));
        var server = new SmtpServer.SmtpServer(settings, services);
        server.SessionCreated += (_, _) => Interlocked.Increment(ref open);
        server.SessionCompleted += (_, _) => Interlocked.Decrement(ref open);
        server.SessionFaulted += (_, _) => Interlocked.Decrement(ref open);
        server.SessionCancelled += (_, _) => Interlocked.Decrement(ref open);
        logger.LogInformation("Mail that comes back to {Domain} is taken at {Listen}", options.Value.ReturnDomain, listen);
        await server.StartAsync(stopping);
    }

    async Task<TakenReturn> Take(IMailbox to, ReadOnlyMemory<byte> raw, CancellationToken ct)
    {
        if (IsOurs(to) && ReportedOrigin.IsAt(to.User)) return await TakeReport(to.User, raw, ct);
        if (!IsOurs(to) || await sites.Find(ReturnAddresses.SiteIn(to.User)!.Value, ct) is not { } site) return TakenReturn.NoSuchAddress;
        return await scopes.Run(site, s => s.GetRequiredService<TakeReturn>().Take(to.User, raw, ct));
    }

    /// <summary>
    /// Which site a complaint is about, it says itself; the site proves it. What proves nothing is dropped: to refuse it would tell the
    /// provider of a dead address.
    /// </summary>
    async Task<TakenReturn> TakeReport(string local, ReadOnlyMemory<byte> raw, CancellationToken ct)
    {
        var read = ReturnedMail.Read(raw);
        var origin = ReportedOrigin.Of(read, options.Value.ReturnDomain);
        var named = new Dictionary<long, Site>();
        foreach (var each in origin?.Locals ?? [])
            if (ReturnAddresses.SiteIn(each) is { } id && await sites.Find(id, ct) is { } site) named[site.Id] = site;
        foreach (var (host, _) in origin?.Links ?? [])
            if (await sites.Find(host, ct) is { } site) named[site.Id] = site;
        foreach (var site in named.Values)
            if (await scopes.Run(site, s => s.GetRequiredService<TakeReturn>().TakeReport(read, raw, ct)) is TakenReturn.Taken)
                return TakenReturn.Taken;
        logger.LogInformation("What arrived at {Address} is no complaint about a message of ours", local);
        return TakenReturn.Taken;
    }

    void Log(Exception error) => logger.LogError("A message that came back could not be taken: {Error}", UntrustedText.Trace(error));

    bool IsOurs(IMailbox to) =>
        to.Host.Equals(options.Value.ReturnDomain, StringComparison.OrdinalIgnoreCase)
        && (ReturnAddresses.SiteIn(to.User) is not null || ReportedOrigin.IsAt(to.User));

    /// <summary>Only what has the form of an address of ours; whether it is signed is known once its site is open.</summary>
    sealed class Addresses(ReturnDoor door) : MailboxFilter
    {
        public override Task<bool> CanAcceptFromAsync(
            ISessionContext context,
            IMailbox from,
            int size,
            CancellationToken cancellationToken
        ) =>
            Volatile.Read(ref door.open) <= MaxConnections ? Task.FromResult(true)
                // "No" would be for good, and the mail server would drop what came back.
                : throw new SmtpResponseException(new SmtpResponse(SmtpReplyCode.ServiceUnavailable, "4.3.2 too many connections"), true);

        public override Task<bool> CanDeliverToAsync(
            ISessionContext context,
            IMailbox to,
            IMailbox from,
            CancellationToken cancellationToken
        ) => Task.FromResult(door.IsOurs(to));
    }

    sealed class Messages(ReturnDoor door) : MessageStore
    {
        public override async Task<SmtpResponse> SaveAsync(
            ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
        {
            // No more than is read of it: twenty large ones at once are in memory once, not twice.
            var raw = buffer.Slice(0, Math.Min(buffer.Length, ReturnedMail.MaxRead)).ToArray();
            // That a report has no sender (RFC 3464 §2) is told by the session alone.
            if (string.IsNullOrEmpty(transaction.From?.User) && !raw.AsSpan().StartsWith("Return-Path:"u8))
                raw = [.. "Return-Path: <>\r\n"u8, .. raw];
            try
            {
                var taken = false;
                foreach (var to in transaction.To) taken |= await door.Take(to, raw, cancellationToken) is TakenReturn.Taken;
                return taken ? SmtpResponse.Ok : SmtpResponse.MailboxUnavailable;
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                door.Log(error);
                return new SmtpResponse((SmtpReplyCode)451, "4.3.0 try again");
            }
        }
    }
}
