using System.Security.Claims;
using System.Security.Cryptography;
using Community.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace Community.Members;

/// <summary>
/// Opens, finds and ends sessions. Each request with a session cookie runs one indexed query for the current state of the session and
/// its member. Pages authorize by its result; changes check again in their own transaction (<see cref="Actors"/>).
/// </summary>
public sealed class Sessions(SiteDb db, May may, IHttpContextAccessor accessor, IConfiguration configuration, TimeProvider time)
{
    /// <summary>Sessions per member; beyond this the oldest end. Guards against programs that sign in again and again.</summary>
    const int Max = 100;

    /// <summary>The minimum time between two recorded visits.</summary>
    static readonly TimeSpan Grain = TimeSpan.FromMinutes(5);

    static readonly CompiledQuery<Func<SiteDb, byte[], Task<Present?>>> present = Query(site => site.Modules.MemberNumber);

    /// <summary>
    /// The same without the number of a page. A form that is sent is answered by a redirect, nearly always, and on PostgreSQL the number
    /// costs more than all the rest: each of its many parts is set up for each call. A page that is shown after all asks for it.
    /// </summary>
    static readonly CompiledQuery<Func<SiteDb, byte[], Task<Present?>>> sender = Query(_ => null);

    static CompiledQuery<Func<SiteDb, byte[], Task<Present?>>> Query(Func<SiteDb, MemberNumber?> number) => new(site =>
        EF.CompileAsyncQuery(MemberNumber.Fill<Func<SiteDb, byte[], Present?>>(
            (db, hash) =>
                db.Set<Session>()
                    .Where(s =>
                        s.KeyHash == hash
                        && s.Stamp == s.Member.SecurityStamp
                        && s.Member.ConfirmedAt != null
                        && s.Member.SuspendedAt == null
                        && s.Member.LeavingSince == null
                    )
                    .Select(s => new Present(
                        s.Id,
                        s.Persistent,
                        s.SignedInAt,
                        s.LastSeenAt,
                        s.ExpiresAt,
                        s.Method,
                        s.SecondFactor,
                        s.ProvedAt,
                        s.Member.TwoFactorEnabled,
                        s.MemberId,
                        s.Member.Name,
                        s.Member.Handle,
                        s.Member.Picture,
                        s.Member.Language,
                        s.Member.Role,
                        db.Set<StaffRole>().Where(r => r.Key == s.Member.Role).Select(r => r.Permissions).FirstOrDefault(),
                        s.Member.WarnedAt,
                        s.Member.SilencedAt,
                        s.Member.SilencedUntil,
                        s.Member.TermsAgreed,
                        s.Member.TermsAnswered,
                        s.Member.PrivacyAgreed,
                        s.Member.PrivacyAnswered,
                        MemberNumber.OrdinaryOf(db, s.MemberId),
                        MemberNumber.WideOf(db, s.MemberId),
                        s.Member.Groups.Where(g => g.JoinedAt != null).Select(g => g.GroupId).ToList(),
                        db.Set<MemberPermission>().Where(p => p.MemberId == s.MemberId)
                            .Select(p => new PermissionOn(p.Permission, p.ThingId)).ToList()
                    ))
                    .FirstOrDefault(),
            number(site)
        ))
    );

    sealed record Present(
        long Id,
        bool Persistent,
        DateTime SignedInAt,
        DateTime LastSeenAt,
        DateTime ExpiresAt,
        SignInMethod Method,
        bool SecondFactor,
        DateTime ProvedAt,
        bool AsksSecondStep,
        long MemberId,
        string Name,
        string Handle,
        string? Picture,
        string? Language,
        string? Role,
        string? Granted,
        DateTime? WarnedAt,
        DateTime? SilencedAt,
        DateTime? SilencedUntil,
        int TermsAgreed,
        int TermsAnswered,
        int PrivacyAgreed,
        int PrivacyAnswered,
        int Number,
        int WideNumber,
        List<long> Groups,
        List<PermissionOn> Single
    )
    {
        public TermsStanding Standing => new(TermsAgreed, TermsAnswered, PrivacyAgreed, PrivacyAnswered, Role is not null);

        public Reader Reader(Site site, May may, DateTime now) =>
            MemberRoles.ReaderOn(site, MemberId, Name, Handle, Groups, Role, Granted, Single, may,
                Member.Hindrance(WarnedAt, SilencedAt, SilencedUntil, now));

        public SignedIn SignedIn(Site site) =>
            new(Method, SecondFactor, ProvedAt, AsksSecondStep, Role) { ModeratesSingle = MemberRoles.SingleOn(site, Single).Count > 0 };

        public ClaimsPrincipal User(Site site) =>
            MemberClaims.Of(site, Id, MemberId, Name, Handle, Picture, Language, Role, Granted, Single);
    }

    HttpContext Http => accessor.HttpContext!;
    DateTime Now => time.GetUtcNow().UtcDateTime;
    Present? Current => Http.Items[typeof(Present)] as Present;

    /// <summary>The name of the cookie.</summary>
    public static string CookieName(IConfiguration configuration) => CookieNames.For("session", configuration);

    /// <summary>The cookie's reader, in the database's current state; a visitor if the session is void. Queries once per request.</summary>
    internal async Task<Reader> Find(CancellationToken ct)
    {
        if (Http.Items.ContainsKey(typeof(Present))) return Reader.Of(Http);
        var key = Http.Request.Cookies[CookieName(configuration)];
        // Our keys are never longer; do not hash a megabyte.
        var shows = HttpMethods.IsGet(Http.Request.Method) || HttpMethods.IsHead(Http.Request.Method);
        var row = key is { Length: > 0 and <= 100 } ? await (shows ? present : sender).On(db)(db, Session.HashOf(key)) : null;
        ct.ThrowIfCancellationRequested();
        if (row is not null && row.ExpiresAt <= Now) row = null;
        Http.Items[typeof(Present)] = row;
        Http.Items[typeof(SignedIn)] = row?.SignedIn(db.Site);
        var reader = row?.Reader(db.Site, may, Now) ?? Reader.Visitor;
        Reader.Set(Http, reader);
        if (row is not null && shows)
            MemberNumber.Set(Http, db.Modules.MemberNumber?.IsWideFor(reader) == true ? row.WideNumber : row.Number);
        return reader;
    }

    /// <summary>What the member of this request has answered to the terms; null for a visitor.</summary>
    public TermsStanding? Standing => Current?.Standing;

    /// <summary>The same as claims for the framework; null for a visitor.</summary>
    internal async Task<ClaimsPrincipal?> User(CancellationToken ct)
    {
        await Find(ct);
        return Current?.User(db.Site);
    }

    /// <summary>
    /// A new session for this browser, saved with the next save. The cookie is set after that: <see cref="Give"/>.
    /// </summary>
    internal NewSession Begin(Member member, bool persistent, Proof proof)
    {
        var key = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));
        var now = Now;
        var (network, agent) = Here;
        var session = new Session
        {
            Member = member,
            Stamp = member.SecurityStamp!,
            KeyHash = Session.HashOf(key),
            Persistent = persistent,
            Method = proof.Method,
            SecondFactor = proof.SecondFactor,
            ProvedAt = now,
            Network = network,
            Agent = agent,
            SignedInAt = now,
            LastSeenAt = now,
            ExpiresAt = Session.Expiry(now, persistent, now),
        };
        db.Sessions.Add(session);
        return new(session, key);
    }

    /// <summary>
    /// For members who change their own password, address or factors: that ends all sessions, and this browser gets a new one with a new
    /// key, as the old key may have been copied. Null if this browser's session is not the member's, or there is none.
    /// </summary>
    /// <param name="member">The member.</param>
    /// <param name="withSecondFactor">A second factor was proved just now.</param>
    internal NewSession? BeginAgain(Member member, bool withSecondFactor = false) =>
        Current is { } present && present.MemberId == member.Id
            ? Begin(member, present.Persistent, new(present.Method, present.SecondFactor || withSecondFactor))
            : null;

    /// <summary>Sets the cookie of a saved session, and ends the session that the browser had before.</summary>
    internal async Task Give(NewSession begun, CancellationToken ct = default)
    {
        if (Current is { } before) await db.Sessions.Where(s => s.Id == before.Id).ExecuteDeleteAsync(ct);
        var member = begun.Session.Member.Id;
        var kept = db.Sessions.Where(s => s.MemberId == member).OrderByDescending(s => s.Id).Take(Max).Select(s => s.Id);
        await db.Sessions.Where(s => s.MemberId == member && !kept.Contains(s.Id)).ExecuteDeleteAsync(ct);
        Http.Response.Headers.CacheControl = "no-store";
        TimeSpan? lifetime = begun.Session.Persistent ? Session.MaxLength : null;
        Http.Response.Cookies.Append(CookieName(configuration), begun.Key, SiteCookie.Options(Http, lifetime));
    }

    /// <summary>Signs out in this browser.</summary>
    public async Task Close(CancellationToken ct = default)
    {
        if (Current is { } session) await db.Sessions.Where(s => s.Id == session.Id).ExecuteDeleteAsync(ct);
        Http.Response.Cookies.Delete(CookieName(configuration), SiteCookie.Options(Http, lifetime: null));
    }

    /// <summary>Valid sessions, most recently seen first.</summary>
    public Task<List<Session>> Of(long member, CancellationToken ct = default)
    {
        var now = Now;
        return db
            .Sessions.AsNoTracking()
            .Where(s =>
                s.MemberId == member
                && s.ExpiresAt > now
                && s.Stamp == s.Member.SecurityStamp
                && s.Member.SuspendedAt == null
                && s.Member.LeavingSince == null
            )
            .OrderByDescending(s => s.LastSeenAt)
            .ThenByDescending(s => s.Id)
            .ToListAsync(ct);
    }

    /// <summary>Ends one of a member's sessions. False if it is not the member's, or has ended already.</summary>
    public async Task<bool> End(long member, long session, CancellationToken ct = default) =>
        await db.Sessions.Where(s => s.MemberId == member && s.Id == session).ExecuteDeleteAsync(ct) > 0;

    /// <summary>Ends all of a member's sessions but one; returns how many ended.</summary>
    public Task<int> EndAll(long member, long? but = null, CancellationToken ct = default) =>
        db.Sessions.Where(s => s.MemberId == member && s.Id != but).ExecuteDeleteAsync(ct);

    /// <summary>
    /// Records the visit with its network and extends the session. Called for each page, but writes only every few
    /// minutes; the condition in the update lets only one of several concurrent requests write.
    /// </summary>
    public async Task Seen(CancellationToken ct = default)
    {
        // Duration(): a visit in the future means that the clock was set back since.
        if (Current is not { } session || (Now - session.LastSeenAt).Duration() < Grain) return;
        DateTime now = Now, until = Session.Expiry(session.SignedInAt, session.Persistent, now), since = now - Grain, latest = now + Grain;
        var network = Here.Network;
        try
        {
            await db.Sessions.Where(s => s.Id == session.Id && (s.LastSeenAt <= since || s.LastSeenAt >= latest)).ExecuteUpdateAsync(s => s
                .SetProperty(x => x.LastSeenAt, now).SetProperty(x => x.ExpiresAt, until).SetProperty(x => x.Network, network), ct);
        }
        // The page works without it; the next one records the visit.
        catch (Exception error) when (Failures.IsPassing(error)) { }
    }

    (string Network, string Agent) Here =>
        (SignIn.NetworkOf(Http.Connection.RemoteIpAddress), SignIn.AgentOf(Http.Request.Headers.UserAgent.ToString()));
}

/// <summary>A session with its key, which only the browser keeps.</summary>
sealed record NewSession(Session Session, string Key);
