using System.Buffers;
using System.Net;
using Community.Kernel;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SmtpServer;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace Community.Mailing;

/// <summary>
/// Development only: an SMTP door of the mailbox at <c>/dev/mail</c>, for delivery servers, which send over SMTP and nothing else.
/// </summary>
public sealed class DevDoor(MailTransport transport, IOptions<MailingOptions> options) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.DevMailListen.Length == 0 || transport is not DevMailbox mailbox) return;
        var settings = new SmtpServerOptionsBuilder()
            .ServerName("localhost")
            .Endpoint(e => e.Endpoint(IPEndPoint.Parse(options.Value.DevMailListen)))
            .Build();
        var services = new SmtpServer.ComponentModel.ServiceProvider();
        services.Add((IMessageStore)new Messages(mailbox));
        await new SmtpServer.SmtpServer(settings, services).StartAsync(stoppingToken);
    }

    sealed class Messages(DevMailbox mailbox) : MessageStore
    {
        public override async Task<SmtpResponse> SaveAsync(
            ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
        {
            foreach (var to in transaction.To) await mailbox.Keep(buffer.ToArray(), $"{to.User}@{to.Host}", cancellationToken);
            return SmtpResponse.Ok;
        }
    }
}
