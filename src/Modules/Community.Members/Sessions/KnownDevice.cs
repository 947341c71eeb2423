using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace Community.Members;

/// <summary>A browser in which a member has signed in before. Known by a cookie, never by what the browser is like.</summary>
public sealed class KnownDevice
{
    public long Id { get; set; }
    public long MemberId { get; set; }
    /// <summary>
    /// The hash of the cookie together with the member: the rows of two members who share a browser tell nothing of that.
    /// </summary>
    public required byte[] KeyHash { get; set; }
    public DateTime AddedAt { get; set; }
    public DateTime LastAt { get; set; }
}

/// <summary>Recognises the browser at a sign-in, and tells the member by e-mail of one that is new.</summary>
public sealed class KnownDevices(
    SiteDb db,
    MemberMails mails,
    IHttpContextAccessor accessor,
    IConfiguration configuration,
    TimeProvider time
)
{
    /// <summary>Per member; the one that was used longest ago is forgotten first.</summary>
    const int Max = 30;
    /// <summary>Browsers keep no cookie longer.</summary>
    static readonly TimeSpan Lifetime = TimeSpan.FromDays(400);

    readonly string cookie = CookieNames.For("device", configuration);

    HttpContext Http => accessor.HttpContext!;

    /// <summary>
    /// In the change that signs a member in, before <see cref="Member.LastSignInAt"/> is set: the first sign-in of all is no news, after
    /// registering as after an import.
    /// </summary>
    internal async Task Recognise(Member member, Session session, CancellationToken ct)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var key = Http.Request.Cookies[cookie];
        if (key is not { Length: > 0 and <= 100 }) key = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));
        Http.Response.Cookies.Append(cookie, key, SiteCookie.Options(Http, Lifetime));
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{member.Id} {key}"));
        if (await db.KnownDevices.Where(d => d.MemberId == member.Id && d.KeyHash == hash)
            .ExecuteUpdateAsync(s => s.SetProperty(d => d.LastAt, now), ct) > 0) return;
        var kept = db.KnownDevices.Where(d => d.MemberId == member.Id).OrderByDescending(d => d.LastAt).ThenByDescending(d => d.Id)
            .Take(Max - 1).Select(d => d.Id);
        await db.KnownDevices.Where(d => d.MemberId == member.Id && !kept.Contains(d.Id)).ExecuteDeleteAsync(ct);
        db.KnownDevices.Add(new() { MemberId = member.Id, KeyHash = hash, AddedAt = now, LastAt = now });
        if (member.LastSignInAt is not null) mails.NewDevice(member, session);
    }
}
