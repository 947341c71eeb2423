using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Community.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Community.Ui;

/// <summary>
/// What was just done, said once by the page that follows: <c>flash.Say("boards.marked")</c>, then redirect. Each message travels in a
/// cookie of its own, so that two tabs do not overwrite each other's. It is encrypted for this site and one reader: a crafted link or
/// cookie shows nothing. The page that shows a message removes the cookie. A request without a reader (HEAD, a prefetch, a script's
/// fetch) shows nothing and removes nothing.
/// </summary>
public sealed class Flash(
    IHttpContextAccessor accessor,
    IDataProtectionProvider protection,
    IConfiguration configuration,
    TimeProvider time
)
{
    const string Name = "flash-";

    /// <summary>A redirect is followed at once; what nobody came for by then is no longer news.</summary>
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    /// <summary>
    /// So long a message waits for the page that its redirect led to, while another tab may ask for other pages; then any page shows it.
    /// </summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Cookies count towards the size of a request's headers: with more than these waiting the others are removed.</summary>
    const int MaxWaiting = 5;

    /// <summary>Of an argument; longer ones are cut, since a browser drops a cookie of more than 4 KB.</summary>
    const int MaxArgumentLength = 200;

    /// <param name="Message">What is said.</param>
    /// <param name="Reader">The member it is said to; null for a visitor.</param>
    /// <param name="At">When.</param>
    /// <param name="Page">The path that the redirect leads to; null if it is unknown.</param>
    sealed record Envelope(FlashMessage Message, long? Reader, DateTime At, string? Page);

    /// <summary>The state of one request; a page of an error is rendered in another scope than the page that failed.</summary>
    sealed class Request(IReadOnlyList<string> cookies, Func<string, Envelope?> open, long? reader, DateTime now)
    {
        public static readonly Request Empty = new([], _ => null, null, default);
        List<(string Cookie, Envelope Envelope)>? waiting;

        /// <summary>Our cookies; their names begin with the time, so that the oldest are known without being opened.</summary>
        public IReadOnlyList<string> Cookies => cookies;
        public List<(FlashMessage Message, long? Reader)> Said { get; } = [];
        /// <summary>What waits for this reader; opened when it is asked for. A form that leads on reads nothing.</summary>
        public List<(string Cookie, Envelope Envelope)> Waiting => waiting ??= Opened();
        public List<string> Unreadable { get; } = [];
        public HashSet<string> Shown { get; } = [];

        List<(string, Envelope)> Opened()
        {
            var opened = new List<(string, Envelope)>(cookies.Count);
            foreach (var cookie in cookies)
            {
                if (open(cookie) is not { } envelope || envelope.At + Lifetime < now) Unreadable.Add(cookie);
                else if (envelope.Reader == reader) opened.Add((cookie, envelope));
            }
            return opened;
        }
    }

    readonly IDataProtector protector = protection.CreateProtector("Community.Ui.Flash");

    HttpContext Http => accessor.HttpContext ?? throw new InvalidOperationException("There is no request.");

    /// <summary>Some message may be waiting: the answer is for one browser alone. Nothing is decrypted.</summary>
    public static bool IsWaiting(HttpRequest request, IConfiguration configuration) =>
        request.Cookies.Count > 0 && request.Cookies.Keys.Any(IsOurs(configuration));

    /// <summary>Says it to who asks, on the page that the answer redirects to; an answer that is no redirect carries nothing.</summary>
    public void Say(string text, params string[] arguments) => Say(new FlashMessage(text, arguments));

    /// <inheritdoc cref="Say(string, string[])"/>
    public void Say(FlashMessage message) => SayTo(MemberClaim.IdOf(Http.User), message);

    /// <summary>Says it to who the reader is from the next page on, who may be another than now: null for a visitor.</summary>
    public void SayTo(long? member, FlashMessage message)
    {
        // What the browser fetched ahead, nobody has done.
        if (HttpMethods.IsGet(Http.Request.Method) && !HasReader(Http)) return;
        Begin(Http).Said.Add((message, member));
    }

    /// <summary>Whether this page shows the message with this text.</summary>
    public bool Says(string text) => Waiting.Any(w => w.Envelope.Message.Text == text);

    /// <summary>Whether anything waits to be said.</summary>
    public bool IsAnyWaiting => Of(Http).Waiting.Count > 0;

    /// <summary>Whether something waits to be said at this place of a page.</summary>
    public bool IsWaitingAt(string place) => Waiting.Any(w => w.Envelope.Message.At == place);

    /// <summary>
    /// What the frame shows. It is asked first, and again for the page of an error, which stands in the place of the other.
    /// </summary>
    internal List<FlashMessage> TakeForFrame()
    {
        if (Of(Http).Waiting.Count == 0) return [];
        Of(Http).Shown.Clear();
        var page = Asked(Http);
        var patient = Now - Patience;
        return Take(e => e.Message.At is null && (e.Page is null || e.Page == page || e.At < patient));
    }

    internal List<FlashMessage> TakeAt(string place) => Take(e => e.Message.At == place);

    List<FlashMessage> Take(Func<Envelope, bool> which)
    {
        var taken = Waiting.Where(w => which(w.Envelope)).ToList();
        Of(Http).Shown.UnionWith(taken.Select(w => w.Cookie));
        return [.. taken.OrderBy(w => w.Envelope.At).Select(w => w.Envelope.Message)];
    }

    /// <summary>The path that the reader asked for, also on the page of an error.</summary>
    static string? Asked(HttpContext http) =>
        http.Features.Get<IStatusCodeReExecuteFeature>()?.OriginalPath
        ?? http.Features.Get<AskedPath>()?.Path ?? http.Request.Path.Value;

    DateTime Now => time.GetUtcNow().UtcDateTime;

    IEnumerable<(string Cookie, Envelope Envelope)> Waiting =>
        Of(Http) is { Waiting.Count: > 0 } request && HasReader(Http) ? request.Waiting : [];

    /// <summary>A person reads the answer, in a window. A script's fetch shows parts of it at most.</summary>
    static bool HasReader(HttpContext http) => Visit.HasReader(http) && Visit.DestinationOf(http.Request) is "" or "document";

    static Func<string, bool> IsOurs(IConfiguration configuration)
    {
        var prefix = CookieNames.For(Name, configuration);
        return name => name.StartsWith(prefix, StringComparison.Ordinal);
    }

    // Most requests bring no message: nothing is made for them.
    Request Of(HttpContext http) =>
        http.Items[typeof(Flash)] as Request ?? (IsWaiting(http.Request, configuration) ? Begin(http) : Request.Empty);

    Request Begin(HttpContext http)
    {
        if (http.Items[typeof(Flash)] is Request known) return known;
        var cookies = http.Request.Cookies;
        var request = new Request(
            cookies.Count == 0 ? [] : [.. cookies.Keys.Where(IsOurs(configuration))],
            c => Open(cookies[c]),
            MemberClaim.IdOf(http.User),
            Now);
        http.Items[typeof(Flash)] = request;
        http.Response.OnStarting(() =>
        {
            Answer(http, request);
            return Task.CompletedTask;
        });
        return request;
    }

    // At the last moment: only now it is known whether the answer is a page or leads on, and where to.
    void Answer(HttpContext http, Request request)
    {
        if (http.Response.StatusCode is >= 300 and < 400)
        {
            var page = PathOf(http.Response.Headers.Location.ToString());
            foreach (var (message, reader) in request.Said)
            {
                http.Response.Cookies.Append(NewName(), Seal(new(message, reader, Now, page)), Options(http, Lifetime));
            }
            // One redirect leads to another: what waited for this page waits for the next.
            if (HttpMethods.IsGet(http.Request.Method))
                foreach (var (cookie, envelope) in request.Waiting.Where(w => w.Envelope.Page == Asked(http)))
                    http.Response.Cookies.Append(cookie, Seal(envelope with { Page = page }), Options(http, Lifetime));
            var tooMany = request.Cookies.Count + request.Said.Count - MaxWaiting;
            if (tooMany > 0) foreach (var cookie in request.Cookies.Order(StringComparer.Ordinal).Take(tooMany)) Remove(cookie);
            return;
        }
        foreach (var cookie in request.Shown.Concat(request.Unreadable)) Remove(cookie);
        if (request.Shown.Count > 0) http.Response.Headers.CacheControl = "no-store";

        void Remove(string cookie) => http.Response.Cookies.Delete(cookie, Options(http, null));
    }

    string NewName() =>
        CookieNames.For(Name, configuration)
        + new DateTimeOffset(Now).ToUnixTimeMilliseconds().ToString("x12", CultureInfo.InvariantCulture)
        + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));

    static CookieOptions Options(HttpContext http, TimeSpan? lifetime) => SiteCookie.Options(http, lifetime, SameSiteMode.Strict);

    string Seal(Envelope envelope)
    {
        var message = envelope.Message with { Arguments = [.. envelope.Message.Arguments.Select(a => Truncate.To(MaxArgumentLength, a))] };
        return protector.Protect(JsonSerializer.Serialize(envelope with { Message = message }));
    }

    Envelope? Open(string? cookie)
    {
        try { return JsonSerializer.Deserialize<Envelope>(protector.Unprotect(cookie ?? "")); }
        catch (Exception error) when (error is CryptographicException or FormatException or JsonException) { return null; }
    }

    static string? PathOf(string location)
    {
        if (location.Length == 0) return null;
        var path = location[0] != '/' && Uri.TryCreate(location, UriKind.Absolute, out var url) ? url.AbsolutePath : location;
        return Uri.UnescapeDataString(path.Split('?', '#')[0]);
    }
}
