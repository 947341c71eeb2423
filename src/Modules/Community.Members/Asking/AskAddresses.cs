using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Community.Members;

/// <summary>What staff type to ask addresses of a partner's event.</summary>
/// <param name="Event">The event and the partner.</param>
/// <param name="HeldOn">The day of the event.</param>
/// <param name="Addresses">One address a line.</param>
/// <param name="Kinds">The kinds of mail to ask about.</param>
public sealed record AskFields(string Event, DateOnly? HeldOn, string Addresses, IReadOnlySet<long> Kinds);

/// <summary>How many addresses were asked, and why others were not.</summary>
public sealed record Asked(int Sent, int Members, int Before, int Suppressed);

/// <summary>Asks addresses from a partner's event once for consent.</summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class AskAddresses(
    SiteDb db,
    Actors actors,
    Audit audit,
    AddressHashes hashes,
    AskedLinks links,
    IStringLocalizer texts,
    IOptions<CommunityOptions> options
)
{
    /// <summary>Addresses at a time: more are pasted in several goes.</summary>
    public const int Max = 500;

    /// <returns>Null if nothing was asked: <paramref name="problems"/> say why.</returns>
    public async Task<Asked?> Ask(Reader actor, AskFields fields, Problems problems, CancellationToken ct = default)
    {
        await using var change = await db.Change(ct);
        var staff = await actors.Require(actor, MembersPermissions.Edit);
        var kinds = await db.MailKinds.AsNoTracking().Offered().ToListAsync(ct);
        kinds = kinds.FindAll(k => fields.Kinds.Contains(k.Id));
        var addresses = Check(fields, kinds, problems);
        if (problems.Any) return null;
        var (sent, members, before, suppressed) = (0, 0, 0, 0);
        foreach (var address in addresses)
        {
            var hash = await hashes.Of(address, ct);
            if (await db.AskedAddresses.AnyAsync(a => a.AddressHash == hash, ct)) before++;
            else if (await db.SuppressedNow.AnyAsync(s => s.AddressHash == hash, ct)) suppressed++;
            else if (await db.Members.OfAddress(address.Text, ct) is not null) members++;
            else
            {
                await Send(address, hash, fields, kinds, staff, ct);
                sent++;
            }
        }
        audit.Did("members.ask-addresses", Naming.Kept(fields.Event), [new("asked-addresses", To: $"{sent}")]);
        try { await change.Commit(ct); }
        // Two windows sent the same list at once: the other one asked.
        catch (DbUpdateException error) when (error.IsDuplicate()) { throw new Refused("staff.asked.twice"); }
        return new(sent, members, before, suppressed);
    }

    List<EmailAddress> Check(AskFields fields, List<MailKind> kinds, Problems problems)
    {
        problems.Name("Event", fields.Event, texts, "staff.asked.event.missing");
        problems.Limit("Event", fields.Event, AskedAddress.MaxEventLength, texts);
        if (fields.HeldOn is not { } day) problems.Add("HeldOn", texts["ui.form.day"]);
        else if (day > DateOnly.FromDateTime(db.Site.ToLocal(db.Now))) problems.Add("HeldOn", texts["staff.paper.day.future"]);
        if (kinds.Count == 0) problems.Add("Kinds", texts["staff.asked.kinds.missing"]);
        var (found, bad) = (new Dictionary<string, EmailAddress>(), new List<string>());
        foreach (var (line, number) in fields.Addresses.Split('\n').Select((l, i) => (l.Trim(), i + 1)).Where(l => l.Item1.Length > 0))
        {
            if (EmailAddress.TryParse(line, out var address)) found.TryAdd(address.Normal, address);
            else bad.Add($"{number}");
        }
        if (bad.Count > 0) problems.Add("Addresses", texts["staff.asked.wrong", string.Join(texts["members.list"], bad.Take(20))]);
        else if (found.Count == 0) problems.Add("Addresses", texts["staff.asked.none"]);
        else if (found.Count > Max) problems.Add("Addresses", texts["staff.asked.most", Max]);
        return [.. found.Values];
    }

    async Task Send(EmailAddress address, string hash, AskFields fields, List<MailKind> kinds, Reader staff, CancellationToken ct)
    {
        var row = new AskedAddress
        {
            AddressHash = hash,
            Email = address.Text,
            Event = Naming.Kept(fields.Event),
            HeldOn = fields.HeldOn!.Value,
            Kinds = string.Join(' ', kinds.Select(k => k.Id)),
            AskedAt = db.Now,
            AskedBy = staff.Id,
        };
        db.AskedAddresses.Add(row);
        await db.SaveChangesAsync(ct);
        var culture = db.Site.Culture;
        var url = options.Value.UrlOf(db.Site, AskedPage.UrlOf(await links.Token(row.Id, ct)));
        db.Send(new SystemMail
        {
            Kind = "members.ask-consent",
            To = address.Text,
            Subject = texts.In(culture, "members.mail.ask-consent.subject", db.Site.Name),
            Text = texts.In(culture, "members.mail.ask-consent.text", Markup.Literal(db.Site.Name), url, Markup.Literal(row.Event)),
            Culture = culture,
        });
    }
}
