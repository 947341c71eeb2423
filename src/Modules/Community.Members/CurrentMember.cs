using System.Security.Claims;
using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Who is asking: the signed-in member of this request, or nobody. Loaded once a request: for a page before it begins, since its parts
/// ask at the same time, else when it is asked for.
/// </summary>
public sealed class CurrentMember(IHttpContextAccessor http, SiteDb db, May may)
{
    static readonly HotQuery<Func<SiteDb, long, Task<Row?>>> member = new(() => EF.CompileAsyncQuery((SiteDb db, long id) => db.Set<Member>()
        .Where(m => m.Id == id && m.ConfirmedAt != null && m.SuspendedAt == null && m.ErasedAt == null)
        .Select(m => new Row(m.Name, m.Handle, m.Groups.Where(g => g.JoinedAt != null).Select(g => g.GroupId).ToList())).FirstOrDefault()));

    sealed record Row(string Name, string Handle, List<long> Groups);

    /// <summary>The id from the cookie; null for a visitor.</summary>
    public long? Id => long.TryParse(http.HttpContext?.User.FindFirstValue(ClaimTypes.NameIdentifier), out var id) ? id : null;

    public bool May(string permission) => may.Do(http.HttpContext?.User, permission);

    /// <summary>What decides what the reader may see: id, groups, permissions. One query for a member, none for a visitor.</summary>
    public Task<Reader> Reader(CancellationToken ct = default)
    {
        if (http.HttpContext is not { } request) return Task.FromResult(Members.Reader.Visitor);
        if (request.Items[typeof(CurrentMember)] is not Task<Reader> reader) request.Items[typeof(CurrentMember)] = reader = Load(ct);
        return reader;
    }

    async Task<Reader> Load(CancellationToken ct)
    {
        if (Id is not { } id) return Members.Reader.Visitor;
        ct.ThrowIfCancellationRequested();
        var row = await member.On(db)(db, id);
        return row is null ? Members.Reader.Visitor : new Reader(id, row.Name, row.Handle, row.Groups.ToHashSet(), http.HttpContext!.User);
    }
}

/// <summary>Somebody who reads: a visitor, or a member with groups.</summary>
public sealed record Reader(long? Id, string Name, string Handle, IReadOnlySet<long> Groups, ClaimsPrincipal User)
{
    public static readonly Reader Visitor = new(null, "", "", new HashSet<long>(), new ClaimsPrincipal());
    public bool IsMember => Id is not null;
}
