using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>What the owner of an asked address answers. The link is the proof of the address; opening it answers nothing.</summary>
public sealed class AnswerAsked(SiteDb db, AddressHashes hashes, Consents consents, Registration registration)
{
    /// <summary>Agrees to these kinds: the address becomes a member, or its member gets the consents.</summary>
    /// <returns>False if it was answered already, or given up.</returns>
    public async Task<bool> Agree(long id, string name, IReadOnlyCollection<MailKind> kinds, CancellationToken ct = default)
    {
        await using var change = await db.Change<AskedAddress>(id, ct);
        if (change.Row is not { Answer: AskedAnswer.None, Email: { } email } asked || kinds.Count == 0) return false;
        var address = EmailAddress.Parse(email);
        var member = await db.Members.OfAddress(address.Text, ct);
        if (member is null)
        {
            member = Member.Create(name, address, db.Now);
            member.AddressHash = await hashes.Of(address, ct);
            db.Members.Add(member);
            db.Publish(() => new MemberRegistered(member.Id));
            await db.SaveChangesAsync(ct);
        }
        // What strangers typed for this address since it was asked is void.
        else if (member.ConfirmedAt is null)
        {
            await registration.Proved(member, ct);
            member.PasswordHash = null;
            member.Rename(name);
        }
        if (member.ConfirmedAt is null)
        {
            member.Confirm(db.Now);
            db.Publish(new MemberConfirmed(member.Id));
        }
        await consents.ByEvent(member.Id, kinds, asked);
        Close(asked, AskedAnswer.Agreed);
        asked.MemberId = member.Id;
        await change.Commit(ct);
        return true;
    }

    /// <summary>Refuses: nothing more is ever sent because of the event.</summary>
    /// <returns>False if it was answered already, or given up.</returns>
    public async Task<bool> Refuse(long id, CancellationToken ct = default)
    {
        await using var change = await db.Change<AskedAddress>(id, ct);
        if (change.Row is not { Answer: AskedAnswer.None } asked) return false;
        Close(asked, AskedAnswer.Refused);
        await change.Commit(ct);
        return true;
    }

    void Close(AskedAddress asked, AskedAnswer answer) => (asked.Answer, asked.AnsweredAt, asked.Email) = (answer, db.Now, null);
}

/// <summary>Deletes addresses of partners' events that did not answer in time, and the mails that still name them.</summary>
public sealed class ForgetAsked(SiteDb db) : IHandle<Tick>
{
    public async Task Handle(Tick message, CancellationToken ct)
    {
        var before = db.Now - AskedAddress.Kept;
        await using var change = await db.Change(ct);
        var kind = "members.ask-consent";
        await db.SystemMails.Where(m => m.Kind == kind && m.CreatedAt < before).ExecuteDeleteAsync(ct);
        await db.AskedAddresses.Where(a => a.Answer == AskedAnswer.None && a.AskedAt < before)
            .ExecuteUpdateAsync(s => s.SetProperty(a => a.Answer, AskedAnswer.NoAnswer).SetProperty(a => a.Email, (string?)null), ct);
        await change.Commit(ct);
    }
}
