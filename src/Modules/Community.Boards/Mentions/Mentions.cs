using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Boards;

/// <summary>Resolves the names behind at signs when a post is saved, in its transaction; see <see cref="MentionText"/>.</summary>
public sealed class Mentions(SiteDb db)
{
    public sealed record Named(long Id, string Name, string Handle, string SearchName);

    /// <summary>
    /// Writes links into the post's text for the members that it mentions, and adds their rows. What stands in code, links and quotations,
    /// and names that nobody or several have, stay as they are.
    /// </summary>
    /// <param name="post">A post with the text as it was typed.</param>
    /// <param name="before">The text before an edit: its names keep meaning whom they meant. Null for a new post.</param>
    /// <param name="now">When.</param>
    /// <param name="ct">Cancels it.</param>
    /// <exception cref="Refused">There are more than <see cref="PostMention.Max"/>.</exception>
    /// <param name="known">What was looked up for this text before, if it still holds.</param>
    internal async Task Resolve(Post post, string? before, DateTime now, CancellationToken ct, Linked? known = null)
    {
        var (_, text, members) = known is not null && known.Typed == post.Text ? known : await Links(post.Text, before, ct);
        if (text != post.Text) post.Rewrite(text);
        if (members.Count == 0) return;
        var there = before is null
            ? []
            : await db.PostMentions.Where(m => m.PostId == post.Id).Select(m => m.MemberId).ToHashSetAsync(ct);
        foreach (var member in members)
            if (!there.Contains(member.Id))
                db.PostMentions.Add(new() { Post = post, MemberId = member.Id, Name = member.Name, Handle = member.Handle, At = now });
    }

    /// <summary>
    /// Whom the new text of a post will mention, as far as it is known before the post is locked: for <see cref="Locks.ChangeTopic"/>.
    /// </summary>
    internal async Task<IEnumerable<long>> In(string? text, long topic, int number, CancellationToken ct)
    {
        if (db.IsSqlite || text is null || AtSigns.In(text).Count == 0) return [];
        var before = await db.Posts.Where(p => p.TopicId == topic && p.Number == number).Select(p => p.Text).FirstOrDefaultAsync(ct);
        return (await Links(text, before, ct)).Members.Select(m => m.Id);
    }

    /// <param name="Typed">A text as it was typed.</param>
    /// <param name="Text">As it is stored.</param>
    /// <param name="Members">Whom it mentions.</param>
    public sealed record Linked(string Typed, string Text, IReadOnlyCollection<Named> Members);

    /// <summary>The text as it is stored, and whom it mentions.</summary>
    /// <exception cref="Refused">There are more than <see cref="PostMention.Max"/>.</exception>
    public async Task<Linked> Links(string text, string? before, CancellationToken ct)
    {
        var members = new Dictionary<long, Named>();
        var signs = AtSigns.In(text);
        if (signs.Count == 0) return new(text, text, []);
        // A link whose words begin with an at sign says by its address who is meant.
        var links = signs.Where(s => s.Url is not null && s.At > 0)
            .Select(s => (Start: s.At - 1, Link: MentionText.LinkAt(text, s.At - 1)))
            .Where(l => l.Link is not null).ToDictionary(l => l.Start, l => l.Link!.Value);
        var names = signs.Where(s => s.Url is null).ToDictionary(s => s.At, s => MentionText.NamesAt(text, s.At + 1).ToList());
        var kept = before is null ? [] : MentionText.NamedIn(before).ToLookup(n => n.Name, n => n.Handle)
            .Where(n => n.Distinct().Count() == 1).ToDictionary(n => n.Key, n => n.First());
        var handles = links.Values.Select(l => l.Handle).Concat(kept.Values).Distinct().ToList();
        var byHandle = handles.Count == 0 ? [] : (await Present.Where(m => handles.Contains(m.Handle))
            .Select(m => new Named(m.Id, m.Name, m.Handle, m.SearchName)).ToListAsync(ct)).ToDictionary(m => m.Handle);
        var searched = names.Values.SelectMany(n => n).Distinct().ToDictionary(n => n, Member.Searchable);
        var wanted = searched.Values.Distinct().ToList();
        var byName = wanted.Count == 0 ? null : (await Present.Where(m => EF.Parameter(wanted).Contains(m.SearchName))
            .OrderBy(m => m.Id).Take(MaxFound)
            .Select(m => new Named(m.Id, m.Name, m.Handle, m.SearchName)).ToListAsync(ct)).ToLookup(m => m.SearchName);
        var written = new System.Text.StringBuilder(text.Length);
        var done = 0;
        foreach (var sign in signs)
        {
            var (start, length, member) = sign.Url is null ? Typed(sign.At) : Linked(sign.At - 1);
            if (member is null || start < done) continue;
            if (members.TryAdd(member.Id, member) && members.Count > PostMention.Max) throw new Refused("boards.refused.mentions");
            written.Append(text, done, start - done).Append(MentionText.Link(member.Name, member.Handle));
            done = start + length;
        }
        return new(text, written.Append(text, done, text.Length - done).ToString(), members.Values);

        (int Start, int Length, Named? Member) Linked(int start) =>
            links.TryGetValue(start, out var link) ? (start, link.Length, byHandle.GetValueOrDefault(link.Handle)) : default;

        (int Start, int Length, Named? Member) Typed(int at)
        {
            foreach (var name in names[at])
                if ((kept.TryGetValue(name, out var handle) && byHandle.TryGetValue(handle, out var member)
                        ? member : Only(name, byName![searched[name]])) is { } found)
                    return (at, name.Length + 1, found);
            return default;
        }
    }

    /// <summary>Rows looked at for one text; so many members of one name are nobody's name.</summary>
    const int MaxFound = 500;

    // Several may be called Ben: then the letters must be exactly theirs, and still only one may have them.
    static Named? Only(string name, IEnumerable<Named> found)
    {
        var all = found.Take(2).ToList();
        if (all.Count < 2) return all.FirstOrDefault();
        var exact = found.Where(m => m.Name == name).Take(2).ToList();
        return exact.Count == 1 ? exact[0] : null;
    }

    IQueryable<Member> Present => db.Members.AsNoTracking().Active();
}
