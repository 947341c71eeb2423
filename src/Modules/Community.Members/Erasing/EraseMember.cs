using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Erases a member in one transaction: deletes the row and all data that concerns only the member, keeps what others need (posts) as a
/// former member's, and leaves in the logs an id that no longer leads to anybody. Sessions end with their rows. All modules take part, even
/// if their feature is off. All or nothing: if the process dies half-way, the member is unchanged.
/// </summary>
public sealed class EraseMember(SiteDb db, ModuleList modules, IServiceProvider services, Audit audit)
{
    /// <returns>The text key of the reason for refusing; null if the member was erased.</returns>
    /// <param name="id">The member's id.</param>
    /// <param name="ct">Cancels it, until it is committed.</param>
    public async Task<string?> Erase(long id, CancellationToken ct = default)
    {
        var after = new List<Func<Task>>();
        await using (var change = await db.Change<Member>(id, ct))
        {
            if (change.Row is not { } member) return "members.erase.none";
            // Otherwise a site could lose its last administrator, or a mailing its sender, without anybody noticing.
            if (member.Role is not null) return "members.erase.staff";
            db.Entry(member).State = EntityState.Detached;
            // Reverse order: rows of later modules refer to rows of earlier ones.
            foreach (var module in modules.All.Reverse())
            {
                await module.Erase(services, id, after, ct);
                foreach (var rows in module.PersonalData) await rows.Erase(db, id, ct);
            }
            db.Publish(new MemberErased(id));
            audit.Changed("members.erase", id, "");
            db.Touch(ContentVersions.People);
            await change.Commit(ct);
        }
        // If the process dies here, the daily sweep deletes the remaining files.
        foreach (var rest in after) await rest();
        return null;
    }
}
