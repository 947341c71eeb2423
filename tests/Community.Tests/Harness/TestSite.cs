using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Community.Members;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Harness;

/// <summary>A test's site: visitors come to it, members sign in, and its database can be queried.</summary>
public sealed class TestSite(TestHost host, Site site)
{
    /// <summary>The password of every member of a test's recipe.</summary>
    public const string Password = "correct horse battery";

    public TestHost Host => host;
    public Site Site => site;
    public string Url => $"http://{site.CanonicalHost}:{host.Port}";

    /// <summary>Somebody with their own browser, not signed in.</summary>
    public Visitor Visitor() => new(this);

    /// <summary>
    /// A member of the recipe, signed in: <c>anna</c> is <c>anna@example.com</c>. Writes the session as signing in would, but without its
    /// two requests; a test about signing in uses <see cref="SignInByForm"/>.
    /// </summary>
    public Task<Visitor> SignIn(string key) => SignInAs(key + "@example.com");

    /// <summary>As <see cref="SignIn"/>, with the full e-mail address.</summary>
    public async Task<Visitor> SignInAs(string email)
    {
        var visitor = Visitor();
        var secret = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));
        var now = host.Clock.Now;
        var network = Community.Members.SignIn.NetworkOf(IPAddress.Loopback);
        var (id, opened) = await Db(async db =>
        {
            var member = await db.Members.AsNoTracking().SingleAsync(m => m.Email == email);
            Assert.True(member.State is MemberState.Active, $"{email} could not sign in: {member.State}");
            await db.Members.Where(m => m.Id == member.Id).ExecuteUpdateAsync(s => s.SetProperty(m => m.LastSignInAt, now));
            db.SignIns.Add(new() { MemberId = member.Id, At = now, Network = network, Succeeded = true });
            var session = new Session
            {
                MemberId = member.Id,
                Stamp = member.SecurityStamp!,
                KeyHash = SHA256.HashData(Encoding.ASCII.GetBytes(secret)),
                SignedInAt = now,
                ProvedAt = now,
                // Of staff the console, or a site, may ask for a second factor.
                SecondFactor = member.Role is not null,
                LastSeenAt = now,
                ExpiresAt = now.AddHours(12),
                Network = network,
            };
            db.Sessions.Add(session);
            await db.SaveChangesAsync();
            return (member.Id, session.Id);
        });
        var configuration = host.Services.GetRequiredService<IConfiguration>();
        visitor.Cookies.Add(new Uri(Url), new Cookie(Sessions.CookieName(configuration), secret));
        // Staff are asked for what they look at members' data before they are shown any.
        var purpose = await With<IDataProtectionProvider, string>(keys =>
            Task.FromResult(Purposes.Seal(keys, id, opened, "enquiry", TimeSpan.FromDays(1))));
        visitor.Cookies.Add(new Uri(Url), new Cookie(Purposes.CookieName(configuration), purpose));
        // Signing in sets the antiforgery cookie. Without it, two simultaneous requests would each get a different one.
        var form = await With<IAntiforgery, string>(forms => Task.FromResult(forms.GetTokens(new DefaultHttpContext()).CookieToken!));
        visitor.Cookies.Add(new Uri(Url), new Cookie(CookieNames.For("form", configuration), form));
        return visitor;
    }

    /// <summary>A member of the recipe signs in through the form, as a person does.</summary>
    public async Task<Visitor> SignInByForm(string key)
    {
        var visitor = Visitor();
        var page = await visitor.Submit("/sign-in", new() { ["Email"] = $"{key}@example.com", ["Password"] = Password });
        Assert.True(
            page.Document.QuerySelector("form[action='/sign-out']") is not null,
            $"{key} could not sign in: {page.Status} {page.Text} {host.Log.Errors.LastOrDefault()}"
        );
        return visitor;
    }

    /// <summary>Queries the site's database.</summary>
    public Task<T> Db<T>(Func<SiteDb, Task<T>> look) =>
        host.Services.GetRequiredService<SiteScopes>().Run(site, services => look(services.GetRequiredService<SiteDb>()));

    /// <summary>Waits until every handler has read the site's log to its end. From then on the counters are right.</summary>
    public Task EventsRead() =>
        Until(async () => (await With((EventHandlers h) => h.Status(default))).All(h => h.Lag == 0), $"the log of {site.Key} is read");

    /// <summary>
    /// Waits until the queues have nothing left to do for the site now. What has not happened by then does not happen by itself.
    /// </summary>
    public Task Rests() => Until(async () =>
    {
        var soon = host.Clock.Now.AddSeconds(5);
        await using var catalogue = host.Services.GetRequiredService<Databases>().OpenCatalogue();
        return !await catalogue.Work.AnyAsync(w => w.SiteId == site.Id && (w.LeaseUntil != null || w.NextAt < soon));
    }, "the queues have nothing to do for the site");

    /// <summary>
    /// Moves the clock past the time for which a commit reserves its work for its own process, and waits until the queue has checked the
    /// site. Only on a host of its own: the clock of the others is that of all their tests.
    /// </summary>
    public async Task Drained(string queue)
    {
        host.Clock.Advance(TimeSpan.FromSeconds(40));
        await Until(async () =>
        {
            await using var catalogue = host.Services.GetRequiredService<Databases>().OpenCatalogue();
            return await catalogue.Work.AnyAsync(w =>
                w.SiteId == site.Id && w.Queue == queue && w.LeaseUntil == null && (w.NextAt == null || w.NextAt > host.Clock.Now)
            );
        }, $"the queue {queue} has looked at the site");
    }

    /// <summary>Runs something with the site's services.</summary>
    public Task<T> With<TService, T>(Func<TService, Task<T>> work) where TService : notnull =>
        host.Services.GetRequiredService<SiteScopes>().Run(site, services => work(services.GetRequiredService<TService>()));

    /// <inheritdoc cref="Waiting.Patience"/>
    public static TimeSpan Patience => Waiting.Patience;

    /// <summary>Waits until a condition holds, for example until background work is done.</summary>
    public static Task Until(Func<Task<bool>> so, string what) => Waiting.Until(so, () => $"After {Patience} still not so: {what}");

    /// <summary>
    /// A small site: boards <c>general</c> (everyone reads, members write), <c>news</c> (read-only), <c>inner</c> (group <c>circle</c>
    /// only); members anna, ben, carla (ordinary; carla in the circle), mod, mailer, web, admin (staff), sus (suspended), new
    /// (unconfirmed).
    /// </summary>
    public static JsonObject Recipe(string key, string culture) =>
        (JsonObject)
            JsonNode.Parse(
                $$"""
                {
                  "key": "{{key}}", "name": "Site {{key}}", "tagline": "A place to test", "hosts": ["{{key}}.example.test"],
                  "culture": "{{culture}}", "timeZone": "{{(
                    culture == "ja" ? "Asia/Tokyo" : "America/New_York"
                )}}", "theme": "plain", "tokens": {},
                  "features": ["Members", "Boards", "Mailing", "Notifications"],
                  "mail": { "fromName": "Site {{key}}", "from": "hello@{{key}}.example.test" },
                  "settings": {
                    "trust": { "isOn": false },
                    "contact": { "postalAddress": "1 Test Street, Testville", "contact": "help@{{key}}.example.test" }
                  },
                  "mailKinds": [
                    { "key": "news", "name": "News", "description": "Send me news by e-mail." },
                    { "key": "events", "name": "Events", "description": "Invite me to events by e-mail." }
                  ],
                  "groups": [
                    { "key": "circle", "name": "Circle", "description": "The inner circle", "joining": "request" },
                    { "key": "open", "name": "Open", "description": "Whoever likes", "joining": "open" },
                    { "key": "staffed", "name": "Staffed", "description": "By staff", "joining": "staff" }
                  ],
                  "boards": [
                    { "key": "general", "name": "General", "description": "Everything",
                      "kind": "interactive", "read": "everyone", "write": "members",
                      "readGroups": [], "writeGroups": [], "view": "tree" },
                    { "key": "news", "name": "Announcements", "description": "From us",
                      "kind": "read-only", "read": "everyone", "write": "staff",
                      "readGroups": [], "writeGroups": [], "view": "chronological" },
                    { "key": "lounge", "name": "Lounge", "description": "Members",
                      "kind": "interactive", "read": "members", "write": "members",
                      "readGroups": [], "writeGroups": [], "view": "chronological" },
                    { "key": "inner", "name": "Inner", "description": "The circle",
                      "kind": "interactive", "read": "groups", "write": "groups",
                      "readGroups": ["circle"], "writeGroups": ["circle"], "view": "tree" }
                  ],
                  "members": [
                    { "key": "anna", "name": "Anna", "email": "anna@example.com", "bio": "I like tests.",
                      "groups": ["open"], "role": null, "joinedDaysAgo": 100, "consents": ["news"], "state": "active" },
                    { "key": "ben", "name": "Ben", "email": "ben@example.com", "bio": null,
                      "groups": [], "role": null, "joinedDaysAgo": 90, "consents": ["news", "events"], "state": "active" },
                    { "key": "carla", "name": "Carla", "email": "carla@example.com", "bio": null,
                      "groups": ["circle"], "role": null, "joinedDaysAgo": 80, "consents": [], "state": "active" },
                    { "key": "mod", "name": "Moderator", "email": "mod@example.com", "bio": null,
                      "groups": [], "role": "moderator", "joinedDaysAgo": 200, "consents": [], "state": "active" },
                    { "key": "mailer", "name": "Mailer", "email": "mailer@example.com", "bio": null,
                      "groups": [], "role": "mailer", "joinedDaysAgo": 200, "consents": [], "state": "active" },
                    { "key": "web", "name": "Webmaster", "email": "web@example.com", "bio": null,
                      "groups": [], "role": "webmaster", "joinedDaysAgo": 200, "consents": [], "state": "active" },
                    { "key": "admin", "name": "Admin", "email": "admin@example.com", "bio": null,
                      "groups": [], "role": "administrator", "joinedDaysAgo": 300, "consents": [], "state": "active" },
                    { "key": "sus", "name": "Susan", "email": "sus@example.com", "bio": null,
                      "groups": [], "role": null, "joinedDaysAgo": 50, "consents": ["news"], "state": "suspended" },
                    { "key": "new", "name": "Newman", "email": "new@example.com", "bio": null,
                      "groups": [], "role": null, "joinedDaysAgo": 1, "consents": ["news"], "state": "unconfirmed" }
                  ],
                  "topics": []
                }
                """
            )!;
}
