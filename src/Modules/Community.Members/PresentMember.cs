using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Answers <see cref="PresentReader"/> with one query by the member's id, in the open transaction.</summary>
sealed class PresentMember(SiteDb db, May may, TimeProvider time)
{
    sealed record Row(string Name, string Handle, DateTime? WarnedAt, DateTime? SilencedAt, DateTime? SilencedUntil, string? Role,
        string? Granted, List<long> Groups, List<PermissionOn> Single);

    static readonly CompiledQuery<Func<SiteDb, long, Task<Row?>>> members = new(() =>
        EF.CompileAsyncQuery(
            (SiteDb db, long id) =>
                db.Set<Member>()
                    .Where(m => m.Id == id && m.ConfirmedAt != null && m.SuspendedAt == null && m.LeavingSince == null)
                    .Select(m => new Row(
                        m.Name,
                        m.Handle,
                        m.WarnedAt,
                        m.SilencedAt,
                        m.SilencedUntil,
                        m.Role,
                        db.Set<StaffRole>().Where(r => r.Key == m.Role).Select(r => r.Permissions).FirstOrDefault(),
                        m.Groups.Where(g => g.JoinedAt != null).Select(g => g.GroupId).ToList(),
                        db.Set<MemberPermission>().Where(p => p.MemberId == m.Id)
                            .Select(p => new PermissionOn(p.Permission, p.ThingId)).ToList()
                    ))
                    .FirstOrDefault()
        )
    );

    public async Task<Reader> Of(Reader reader)
    {
        if (reader.Id is not { } id || await members.On(db)(db, id) is not { } row) return Reader.Visitor;
        return MemberRoles.ReaderOn(db.Site, id, row.Name, row.Handle, row.Groups, row.Role, row.Granted, row.Single, may,
            Member.Hindrance(row.WarnedAt, row.SilencedAt, row.SilencedUntil, time.GetUtcNow().UtcDateTime));
    }
}
