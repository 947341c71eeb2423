using System.Globalization;
using System.Security.Claims;
using Community.Kernel;
using Microsoft.AspNetCore.Http;

namespace Community.Members;

/// <summary>
/// Who is asking: the signed-in member of this request, as the database had it when the request began, or nobody. See
/// <see cref="Sessions"/>.
/// </summary>
public sealed class CurrentMember(IHttpContextAccessor http)
{
    /// <summary>Null for a visitor.</summary>
    public long? Id => Asking.Id;

    /// <summary>The session of this browser.</summary>
    public long? Session =>
        long.TryParse(http.HttpContext?.User.FindFirstValue(MemberClaims.Session), CultureInfo.InvariantCulture, out var id) ? id : null;

    /// <summary>How this browser's session was opened and last proved; null for a visitor.</summary>
    public SignedIn? SignedIn => http.HttpContext?.Items[typeof(SignedIn)] as SignedIn;

    public bool May(string permission) => Asking.May(permission);

    /// <summary>What determines what the reader may see: id, groups, permissions. Known before a page is rendered.</summary>
    public Task<Reader> Reader(CancellationToken ct = default) => Task.FromResult(Asking);

    /// <summary>The same, synchronously.</summary>
    public Reader Asking => Kernel.Reader.Of(http.HttpContext);
}
