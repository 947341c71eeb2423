using System.Text.Json;
using Community.Kernel;
using Community.Mail;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Community.Mailing;

/// <summary>What an administrator types of the site's own relay.</summary>
public sealed record RelayFields
{
    public string? Host { get; set; }
    public int? Port { get; set; }
    /// <summary>A <see cref="RelaySecurity"/>.</summary>
    public string? Security { get; set; }
    public string? User { get; set; }
    /// <summary>Empty keeps the present one.</summary>
    public string? Password { get; set; }
    public string? From { get; set; }
    public string? FromName { get; set; }
    public int Rev { get; set; }
}

/// <summary>
/// Sets up the site's own relay and sender for direct mail, tries and removes it. The password goes in and never comes out: no page, record
/// or log has it.
/// </summary>
public sealed class ChangeRelay(
    SiteDb db,
    Actors actors,
    Audit audit,
    IDataProtectionProvider keys,
    OwnRelays relays,
    Relays transports,
    MailSigning signing,
    IOptions<MailingOptions> options,
    IStringLocalizer texts,
    TimeProvider time
)
{
    public const int MaxLength = 200;

    /// <summary>Saves it. Messages from now on go this way.</summary>
    /// <param name="actor">Who may change settings.</param>
    /// <param name="fields">What was typed.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if it was not saved: <paramref name="problems"/> say why.</returns>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<bool> Save(Reader actor, RelayFields fields, Problems problems, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, KernelPermissions.Settings);
        var row = await Row(ct);
        var before = KeptRelay.Parse(row.Json);
        var wanted = Read(before, fields, problems);
        if (problems.Any) return false;
        if (row.Rev != fields.Rev)
        {
            problems.Add("", texts["mailing.relay.newer"]);
            return false;
        }
        audit.Did(
            "mailing.relay",
            "",
            AuditChange.Of(
                AuditChange.Value("relay-host", Place(before), Place(wanted)),
                AuditChange.Value("relay-user", before?.User, wanted.User),
                AuditChange.Value("relay-from", before?.From, wanted.From),
                string.IsNullOrEmpty(fields.Password) ? null : new AuditChange("relay-password")
            )
        );
        Write(row, wanted, actor);
        await change.Commit(ct);
        return true;
    }

    /// <summary>Direct mail goes by the installation's relay again, from the site's own address.</summary>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task Remove(Reader actor, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        await actors.Require(actor, KernelPermissions.Settings);
        var row = await Row(ct);
        if (KeptRelay.Parse(row.Json) is not { } before) return;
        audit.Did("mailing.relay", "", AuditChange.Of(AuditChange.Value("relay-host", Place(before), null)));
        Write(row, new KeptRelay(), actor);
        await change.Commit(ct);
    }

    /// <summary>Sends a message to whoever tries it, the way of the site's mailings, on a connection of its own.</summary>
    /// <returns>How far it got; null if the site has no relay of its own.</returns>
    /// <exception cref="Denied">The actor may not.</exception>
    public async Task<SendResult?> Try(Reader actor, CancellationToken ct = default)
    {
        await actors.Require(actor, KernelPermissions.Settings);
        if (await relays.Find(ct) is not { } relay) return null;
        var to = await db
            .Members.AsNoTracking()
            .Where(m => m.Id == actor.Id)
            .Select(m => new { m.Name, m.Email, m.Language })
            .FirstAsync(ct);
        var language = to.Language ?? db.Site.Culture;
        var (subject, text) = (
            texts.In(language, "mailing.relay.try.subject", db.Site.Name),
            texts.In(language, "mailing.relay.try.text", db.Site.Name)
        );
        using var transport = transports.New(relay);
        try
        {
            var message = OutgoingMessage.Write(
                (relay.FromName, relay.From),
                (to.Name, to.Email!),
                subject,
                $"{Guid.CreateVersion7():N}@{db.Site.CanonicalHost}",
                time.GetUtcNow().UtcDateTime,
                [("Auto-Submitted", "auto-generated")],
                new MailBody(text, $"<p>{System.Net.WebUtility.HtmlEncode(text)}</p>")
            );
            (await signing.Find(ct))?.Sign(message);
            return await transport.Deliver(message, relay.From, to.Email!, null, ct);
        }
        catch (ArgumentException error) { return SendResult.Unwritable(error.Message); }
    }

    static string? Place(KeptRelay? relay) => relay is null ? null : $"{relay.Host}:{relay.Port} ({relay.Security})";

    async Task<StoredSettings> Row(CancellationToken ct)
    {
        var row = await db.StoredSettings.FirstOrDefaultAsync(s => s.Part == KeptRelay.Part, ct);
        if (row is null) db.StoredSettings.Add(row = new StoredSettings { Part = KeptRelay.Part });
        return row;
    }

    void Write(StoredSettings row, KeptRelay relay, Reader actor)
    {
        (row.Json, row.Rev) = (JsonSerializer.Serialize(relay), row.Rev + 1);
        (row.ChangedAt, row.ChangedBy) = (time.GetUtcNow().UtcDateTime, actor.Id);
        db.Touch(KeptRelay.CacheName);
    }

    KeptRelay Read(KeptRelay? before, RelayFields fields, Problems problems)
    {
        var host = fields.Host?.Trim() ?? "";
        if (host.Length > MaxLength || Uri.CheckHostName(host) == UriHostNameType.Unknown)
            problems.Add("Host", texts["mailing.relay.problem.host"]);
        if (fields.Port is not (> 0 and < 65536)) problems.Add("Port", texts["mailing.relay.problem.port"]);
        var user = fields.User?.Trim() ?? "";
        if (user.Length > MaxLength || user.Any(char.IsControl)) problems.Add("User", texts["mailing.relay.problem.user"]);
        var password = fields.Password ?? "";
        if (password.Length > MaxLength || password.Contains('\0')) problems.Add("Password", texts["mailing.relay.problem.password"]);
        // Another server must not be given the password of the one before.
        var keeps = password.Length == 0 && before is { Password.Length: > 0 } && before.Host == host && before.User == user;
        if (user.Length > 0 && password.Length == 0 && !keeps) problems.Add("Password", texts["mailing.relay.problem.password-missing"]);
        if (!Enum.TryParse<RelaySecurity>(fields.Security, out var security) || !Enum.IsDefined(security))
            problems.Add("Security", texts["mailing.relay.problem.security"]);
        if (user.Length > 0 && security == RelaySecurity.None && !options.Value.RelaysInPrivateNetworks)
            problems.Add("Security", texts["mailing.relay.problem.plain"]);
        var from = fields.From?.Trim() ?? "";
        if (!EmailAddress.TryParse(from, out _)) problems.Add("From", texts["mailing.relay.problem.from"]);
        var name = fields.FromName?.Trim() ?? "";
        if (name.Length is 0 or > 100 || Naming.Read(name).Problem is not null)
            problems.Add("FromName", texts["mailing.relay.problem.from-name"]);
        return new()
        {
            Host = host,
            Port = fields.Port ?? 0,
            Security = security,
            User = user,
            Password = user.Length == 0 ? [] : keeps ? before!.Password : KeptRelay.Protect(keys, password),
            From = from,
            FromName = name,
        };
    }
}
