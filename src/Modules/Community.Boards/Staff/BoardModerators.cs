using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>
/// Makes members moderators of single boards, and ends it. The rule is <see cref="Board.MayModerate"/>; the rows are Members'
/// (<see cref="MemberPermission"/>), so that each request and each act knows them with the member.
/// </summary>
/// <exception cref="Denied">The actor may not.</exception>
public sealed class BoardModerators(SiteDb db, Actors actors, Audit audit)
{
    /// <summary>Sets of which boards a member is the moderator.</summary>
    /// <param name="actor">Who decides: manages boards and moderates all of them, as nobody gives what they have not.</param>
    /// <param name="member">The member's id.</param>
    /// <param name="boards">The boards' ids; others are taken away.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if there is no such member or board.</returns>
    public async Task<bool> Set(Reader actor, long member, IReadOnlySet<long> boards, CancellationToken ct)
    {
        await using var change = await db.Change<Member>(member, ct);
        var staff = await Staff(actor);
        if (change.Row is null || await db.Boards.CountAsync(b => boards.Contains(b.Id), ct) != boards.Count) return false;
        var has = await Of(db).Where(p => p.MemberId == member).Select(p => p.ThingId).ToListAsync(ct);
        foreach (var board in boards.Except(has)) await Give(change.Row, board, staff, ct);
        foreach (var board in has.Except(boards)) await Take(member, board, ct);
        await change.Commit(ct);
        return true;
    }

    /// <summary>Makes a member moderator of a board, or ends it.</summary>
    /// <returns>False if there is no such member or board.</returns>
    public async Task<bool> Appoint(Reader actor, long board, long member, bool on, CancellationToken ct)
    {
        await using var change = await db.Change<Member>(member, ct);
        var staff = await Staff(actor);
        if (change.Row is null || !await db.Boards.AnyAsync(b => b.Id == board, ct)) return false;
        if (await Of(db).AnyAsync(p => p.MemberId == member && p.ThingId == board, ct) == on) return true;
        if (on) await Give(change.Row, board, staff, ct);
        else await Take(member, board, ct);
        await change.Commit(ct);
        return true;
    }

    /// <summary>Who moderates which board alone.</summary>
    public static IQueryable<MemberPermission> Of(SiteDb db) => db.MemberPermissions.Where(p => p.Permission == BoardsPermissions.Moderate);

    async Task<Reader> Staff(Reader actor) =>
        await actors.Require(actor, BoardsPermissions.Manage) is var staff && staff.Moderates() ? staff : throw new Denied();

    async Task Give(Member member, long board, Reader staff, CancellationToken ct)
    {
        db.MemberPermissions.Add(
            new()
            {
                MemberId = member.Id,
                Permission = BoardsPermissions.Moderate,
                ThingId = board,
                GivenAt = db.Now,
                GivenBy = staff.Id,
            }
        );
        await Provider.Joins(db, member, ct);
        await Record("boards.appoint", member.Id, board, ct);
        db.Publish(new BoardModeratorAppointed(board, member.Id));
    }

    async Task Take(long member, long board, CancellationToken ct)
    {
        await Of(db).Where(p => p.MemberId == member && p.ThingId == board).ExecuteDeleteAsync(ct);
        await Record("boards.dismiss", member, board, ct);
        db.Publish(new BoardModeratorDismissed(board, member));
    }

    async Task Record(string action, long member, long board, CancellationToken ct) =>
        audit.Changed(action, member, "", await db.Boards.Where(b => b.Id == board).Select(b => b.Name).FirstAsync(ct));
}
