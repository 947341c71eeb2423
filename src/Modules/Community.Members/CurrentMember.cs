using System.Security.Claims;
using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>
/// Who is asking: the signed-in member of this request, or nobody. Loaded once a request, and only when asked for,
/// by a context of its own, since several parts of a page ask at the same time.
/// </summary>
public sealed class CurrentMember(IHttpContextAccessor http, Site site, SiteDatabases databases, May may)
{
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
        await using var db = databases.Open(site);
        var row = await db.Members.Active().Where(m => m.Id == id)
            .Select(m => new { m.Name, m.Handle, Groups = m.Groups.Where(g => g.JoinedAt != null).Select(g => g.GroupId).ToList() }).FirstOrDefaultAsync(ct);
        return row is null ? Members.Reader.Visitor : new Reader(id, row.Name, row.Handle, row.Groups.ToHashSet(), http.HttpContext!.User);
    }
}

/// <summary>Somebody who reads: a visitor, or a member with groups.</summary>
public sealed record Reader(long? Id, string Name, string Handle, IReadOnlySet<long> Groups, ClaimsPrincipal User)
{
    public static readonly Reader Visitor = new(null, "", "", new HashSet<long>(), new ClaimsPrincipal());
    public bool IsMember => Id is not null;
}
