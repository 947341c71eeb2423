using System.Security.Claims;
using Community.Kernel;
using Microsoft.AspNetCore.Http;

namespace Community.Members;

/// <summary>
/// Who is asking: the signed-in member of this request, as the database had it when the request began, or nobody. See
/// <see cref="Sessions"/>.
/// </summary>
public sealed class CurrentMember(IHttpContextAccessor http, May may)
{
    /// <summary>Null for a visitor.</summary>
    public long? Id => Number(ClaimTypes.NameIdentifier);

    /// <summary>The session of this browser.</summary>
    public long? Session => Number(MemberClaims.Session);

    public bool May(string permission) => may.Do(http.HttpContext?.User, permission);

    /// <summary>What decides what the reader may see: id, groups, permissions. It is known before a page begins.</summary>
    public Task<Reader> Reader(CancellationToken ct = default) =>
        Task.FromResult(http.HttpContext?.Items[typeof(Reader)] as Reader ?? Members.Reader.Visitor);

    long? Number(string claim) => long.TryParse(http.HttpContext?.User.FindFirstValue(claim), out var id) ? id : null;
}

/// <summary>Somebody who reads: a visitor, or a member with groups.</summary>
public sealed record Reader(long? Id, string Name, string Handle, IReadOnlySet<long> Groups, ClaimsPrincipal User)
{
    public static readonly Reader Visitor = new(null, "", "", new HashSet<long>(), new ClaimsPrincipal());
    public bool IsMember => Id is not null;

    /// <summary>Asked for each post of a page.</summary>
    public bool Is(string role) => roles.Contains(role);

    readonly string[] roles = [.. User.FindAll(ClaimTypes.Role).Select(c => c.Value)];
}
