using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>A name offered while somebody types.</summary>
/// <param name="Name">The member's name.</param>
/// <param name="Insert">What stands for it in the text: the name, or a link where several are called so.</param>
public sealed record OfferedName(string Name, string Insert);

/// <summary>Completes names behind an at sign: of present members who may read the board, for members who may see profiles.</summary>
public sealed class Completion(SiteDb db, PresentReader present)
{
    public const int Max = 8;

    /// <summary>Members looked at; of a board for groups, most of the others cannot read it.</summary>
    const int MaxAsked = 40;

    /// <returns>The names that begin with <paramref name="typed"/>, or have a word that does; null if the reader sees no such
    /// board.</returns>
    public async Task<IReadOnlyList<OfferedName>?> Of(Reader reader, string boardKey, string typed, CancellationToken ct)
    {
        var board = await db.Boards.AsNoTracking().Include(b => b.Groups).VisibleTo(reader).FirstOrDefaultAsync(b => b.Key == boardKey, ct);
        if (board is null || !reader.May(MembersPermissions.Meet)) return null;
        var start = Member.Searchable(Truncate.To(Member.MaxNameLength * 2, typed));
        if (start.Length == 0) return [];
        var members = db.Members.AsNoTracking().Active().Where(m => m.Id != reader.Id);
        if (board.Read is BoardReaders.Groups)
        {
            // Staff may read it by their role: that is asked below.
            var groups = board.Groups.Where(g => g.Reads).Select(g => g.GroupId).ToList();
            members = members.Where(m => m.Role != null || m.Groups.Any(g => g.JoinedAt != null && groups.Contains(g.GroupId)));
        }
        // The index first; words inside of names only if there is room.
        var end = start + '\uFFFF';
        var found = await members
            .Where(m => string.Compare(m.SearchName, start) >= 0 && string.Compare(m.SearchName, end) < 0)
            .OrderBy(m => m.SearchName)
            .ThenBy(m => m.Id)
            .Take(MaxAsked)
            .Select(m => new Found(m.Id, m.Name, m.Handle, m.Role))
            .ToListAsync(ct);
        if (found.Count < Max)
            found.AddRange(await members.Where(m => m.SearchName.Contains(" " + start) && !m.SearchName.StartsWith(start))
                .OrderBy(m => m.SearchName).ThenBy(m => m.Id).Take(MaxAsked)
                .Select(m => new Found(m.Id, m.Name, m.Handle, m.Role)).ToListAsync(ct));
        var offered = new List<Found>();
        foreach (var member in found)
        {
            if (offered.Count == Max)
                break;
            if (
                board.Read is not BoardReaders.Groups
                || member.Role is null
                || board.MayRead(await present(Reader.Visitor with { Id = member.Id }))
            )
                offered.Add(member);
        }
        var looks = offered.Select(m => Member.Searchable(m.Name)).Distinct().ToList();
        var several = (await db.Members.Active().Where(m => looks.Contains(m.SearchName)).GroupBy(m => m.SearchName)
            .Where(g => g.Count() > 1).Select(g => g.Key).ToListAsync(ct)).ToHashSet();
        return [.. offered.Select(m => new OfferedName(m.Name,
            several.Contains(Member.Searchable(m.Name)) ? MentionText.Link(m.Name, m.Handle) : "@" + m.Name))];
    }

    sealed record Found(long Id, string Name, string Handle, string? Role);
}
