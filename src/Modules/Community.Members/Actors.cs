using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Who acts, as the database has the member now. A <see cref="Reader"/> is as old as its request: meanwhile the member may have been
/// suspended, lost a role or left a group. Every verb asks here, inside its own change, so that the check and the write see the same state.
/// </summary>
public sealed class Actors(SiteDb db, May may)
{
    sealed record Row(string Name, string Handle, string? Role, List<long> Groups);

    static readonly CompiledQuery<Func<SiteDb, long, Task<Row?>>> members = new(() =>
        EF.CompileAsyncQuery(
            (SiteDb db, long id) =>
                db.Set<Member>()
                    .Where(m => m.Id == id && m.ConfirmedAt != null && m.SuspendedAt == null)
                    .Select(m => new Row(
                        m.Name,
                        m.Handle,
                        m.Role,
                        m.Groups.Where(g => g.JoinedAt != null).Select(g => g.GroupId).ToList()
                    ))
                    .FirstOrDefault()
        )
    );

    /// <summary>The actor's present name, groups and permissions; a visitor if the member is suspended, not confirmed or not there.</summary>
    public async Task<Reader> Present(Reader actor)
    {
        if (actor.Id is not { } id || await members.On(db)(db, id) is not { } row) return Reader.Visitor;
        return new(id, row.Name, row.Handle, row.Groups.ToHashSet(), may.Of(MemberRoles.HeldOn(db.Site, row.Role)));
    }

    /// <summary>The actor as <see cref="Present"/> has it, for what members do with what is their own.</summary>
    /// <exception cref="Denied">The actor is no member by now.</exception>
    public async Task<Reader> RequireMember(Reader actor) =>
        await Present(actor) is { IsMember: true } present ? present : throw new Denied();

    /// <summary>The actor as <see cref="Present"/> has it.</summary>
    /// <exception cref="Denied">The permission is missing by now.</exception>
    public async Task<Reader> Require(Reader actor, string permission) =>
        await Present(actor) is var present && present.May(permission) ? present : throw new Denied();
}
