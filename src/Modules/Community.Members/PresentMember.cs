using System.Data.Common;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Answers <see cref="PresentReader"/> with one query by the member's id, in the open transaction, and on PostgreSQL with the same query
/// as one of several statements.
/// </summary>
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
        return reader.Id is { } id && await members.On(db)(db, id) is { } row ? Of(id, row) : Reader.Visitor;
    }

    Reader Of(long id, Row row) =>
        MemberRoles.ReaderOn(db.Site, id, row.Name, row.Handle, row.Groups, row.Role, row.Granted, row.Single, may,
            Member.Hindrance(row.WarnedAt, row.SilencedAt, row.SilencedUntil, time.GetUtcNow().UtcDateTime));

    /// <summary>The query above for PostgreSQL; a test compares what they read.</summary>
    const string Sql =
        """
        SELECT m.name, m.handle, m.warned_at, m.silenced_at, m.silenced_until, m.role,
            (SELECT r.permissions FROM staff_roles r WHERE r.key = m.role),
            ARRAY(SELECT g.group_id FROM group_memberships g WHERE g.member_id = m.id AND g.joined_at IS NOT NULL),
            ARRAY(SELECT p.permission FROM member_permissions p WHERE p.member_id = m.id ORDER BY p.permission, p.thing_id),
            ARRAY(SELECT p.thing_id FROM member_permissions p WHERE p.member_id = m.id ORDER BY p.permission, p.thing_id)
        FROM members m
        WHERE m.id = $1 AND m.confirmed_at IS NOT NULL AND m.suspended_at IS NULL AND m.leaving_since IS NULL
        """;

    public PresentReaderInBatch InBatch => new(Ask, Read);

    static void Ask(DbBatch batch, long id)
    {
        var command = batch.CreateBatchCommand();
        command.CommandText = Sql;
        var parameter = command.CreateParameter();
        parameter.Value = id;
        command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);
    }

    async Task<Reader> Read(DbDataReader results, long id, CancellationToken ct)
    {
        if (!await results.ReadAsync(ct)) return Reader.Visitor;
        var (permissions, things) = (results.GetFieldValue<string[]>(8), results.GetFieldValue<long[]>(9));
        return Of(id, new(results.GetString(0), results.GetString(1), At(2), At(3), At(4), Text(5), Text(6),
            [.. results.GetFieldValue<long[]>(7)], [.. permissions.Select((p, i) => new PermissionOn(p, things[i]))]));

        DateTime? At(int column) => results.IsDBNull(column) ? null : results.GetDateTime(column);
        string? Text(int column) => results.IsDBNull(column) ? null : results.GetString(column);
    }
}
