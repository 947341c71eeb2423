using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Erases a member: in one transaction the member's row and all that only concerns the member goes, what others need (posts) stays as that
/// of a former member, and logs keep the id, which leads to nobody any more. Sessions end with their rows. Every module's part is done,
/// also of features that are off. Either all of it has happened or nothing: a process that dies half-way leaves the member as before.
/// </summary>
public sealed class EraseMember(SiteDb db, ModuleList modules, IServiceProvider services, Audit audit)
{
    /// <returns>The key of the sentence that says why not; null if it is done.</returns>
    /// <param name="id">The member's id.</param>
    /// <param name="ct">Ends it before it is committed.</param>
    public async Task<string?> Erase(long id, CancellationToken ct = default)
    {
        var after = new List<Func<Task>>();
        await using (var change = await db.Change<Member>(id, ct))
        {
            if (change.Row is not { } member) return "members.erase.none";
            // A site would lose its last administrator, or a mailing its sender, without anybody noticing.
            if (member.Role is not null) return "members.erase.staff";
            db.Entry(member).State = EntityState.Detached;
            // Those above in the list are referred to by those below.
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
        // What is left if the process dies here the daily sweep of files finds.
        foreach (var rest in after) await rest();
        return null;
    }
}
