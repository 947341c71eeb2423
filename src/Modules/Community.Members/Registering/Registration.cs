using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>
/// Takes registrations. Whether an address was new is told in the letter alone: answer, time and work are the same
/// (one hash, one transaction with one letter).
/// </summary>
public sealed class Registration(SiteDb db, PasswordHashes hashes, AddressHashes addresses, MailLinks links, MemberLetters letters, Consents consents, Audit audit, TimeProvider time)
{
    /// <summary>What is wrong with what was typed, whatever the database holds.</summary>
    public static Problems Check(string? name, string? email, string? password, IStringLocalizer texts)
    {
        var problems = new Problems();
        if (NameProblem(name, texts) is { } wrongName) problems.Add("Name", wrongName);
        if (EmailProblem(email, texts) is { } wrongEmail) problems.Add("Email", wrongEmail);
        if (PasswordProblem(password, name, email, texts) is { } wrongPassword) problems.Add("Password", wrongPassword);
        return problems;
    }

    public static string? NameProblem(string? name, IStringLocalizer texts) =>
        string.IsNullOrWhiteSpace(name) ? texts["members.name.missing"].Value
        : new System.Globalization.StringInfo(name.Trim()).LengthInTextElements > Member.LongestName || name.Length > 200 ? texts["members.name.long", Member.LongestName].Value
        : name.Any(c => char.IsControl(c) || c is '\u202e' or '\u202d' or '\u2066' or '\u2067' or '\u2068' or '\u200f') ? texts["members.name.control"].Value
        : null;

    public static string? EmailProblem(string? email, IStringLocalizer texts) =>
        EmailAddress.ProblemOf(email) is { } problem ? texts["members.email.problem." + problem.ToString().ToLowerInvariant()].Value : null;

    public static string? PasswordProblem(string? password, string? name, string? email, IStringLocalizer texts) =>
        PasswordRules.Of(password ?? "", name ?? "", email ?? "") is { } problem ? texts["members.password." + problem.ToString().ToLowerInvariant(), PasswordRules.Shortest].Value : null;

    public async Task Register(string name, EmailAddress email, string password, IReadOnlyCollection<MailKind> kinds, string? language, string? returnUrl, CancellationToken ct = default)
    {
        var hash = await hashes.Make(password, ct);
        var addressHash = await addresses.Of(email, ct);
        var now = time.GetUtcNow().UtcDateTime;
        await using var change = await db.Change(ct);
        if (await db.Members.OfAddress(email.Text, ct) is { } present)
        {
            // The first registration stays as it is: who registers somebody else's address again changes nothing.
            if (present.TakeLetter(now)) { if (present.State is MemberState.Unconfirmed) letters.Confirm(present, returnUrl); else letters.Already(present); }
            await change.Commit(ct);
            return;
        }
        var member = Member.Create(name, email, now);
        member.SetPassword(hash);
        (member.AddressHash, member.Language) = (addressHash, language);
        member.TakeLetter(now);
        Consents.Begin(member, kinds, now);
        db.Members.Add(member);
        letters.Confirm(member, returnUrl);
        try
        {
            await db.SaveChangesAsync(ct);
            consents.LogBegun(member, kinds, ConsentSource.Register);
            await change.Commit(ct);
        }
        catch (DbUpdateException error) when (error.IsDuplicate())
        {
            // The same address at the same moment: the other one wrote the letter.
        }
    }

    /// <summary>Registers somebody at the staff's hands, without a password; null if the address is a member's already.</summary>
    public async Task<Member?> ByStaff(string name, EmailAddress email, string? language, CancellationToken ct = default)
    {
        var addressHash = await addresses.Of(email, ct);
        var now = time.GetUtcNow().UtcDateTime;
        await using var change = await db.Change(ct);
        if (await db.Members.OfAddress(email.Text, ct) is not null) return null;
        var member = Member.Create(name, email, now);
        (member.AddressHash, member.Language) = (addressHash, language);
        member.TakeLetter(now);
        db.Members.Add(member);
        letters.Invite(member);
        try
        {
            await db.SaveChangesAsync(ct);
            audit.Changed("members.register", member.Id, "name email");
            await change.Commit(ct);
        }
        catch (DbUpdateException error) when (error.IsDuplicate()) { return null; }
        return member;
    }

    /// <summary>Sends the letter of confirmation again. Says nothing about whether the address is known.</summary>
    public Task SendAgain(string email, string? returnUrl, CancellationToken ct = default) => Pace.Same(() => Send(email, returnUrl, ct), ct);

    async Task Send(string email, string? returnUrl, CancellationToken ct)
    {
        var member = await db.Members.OfAddress(email, ct);
        if (member is not { State: MemberState.Unconfirmed } || !member.TakeLetter(time.GetUtcNow().UtcDateTime)) return;
        letters.Confirm(member, returnUrl);
        await db.SaveChangesAsync(ct);
    }

    /// <summary>Confirms the address with the letter's token; null if it is void.</summary>
    public async Task<Member?> Confirm(string? token, CancellationToken ct = default)
    {
        if (await links.Open(MailLinkPurpose.Confirm, token, ct) is not ({ ConfirmedAt: null } member, _)) return null;
        member.Confirm(time.GetUtcNow().UtcDateTime);
        try { await db.SaveChangesAsync(ct); }
        catch (DbUpdateConcurrencyException) { return null; }
        return member;
    }
}
