using System.Net;

namespace Community.Tests.Attacks;

/// <summary>
/// Somebody at a site with fixed cookies, which no response changes, and a form token: each request is exactly what the attack says.
/// The path is sent over the wire as it is written.
/// </summary>
public sealed class Person(TestSite site, string name, string cookies, string token)
{
    static readonly HttpClient http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            MaxConnectionsPerServer = 8,
        }
    )
    {
        Timeout = TimeSpan.FromSeconds(100),
    };

    public const string TokenField = "__RequestVerificationToken";

    public TestSite Site => site;
    public string Name => name;
    public string Cookies => cookies;
    /// <summary>The form token, which proves that this site showed the form to this person.</summary>
    public string Token => token;

    public static async Task<Person> SignIn(TestSite site, string email)
    {
        var visitor = await site.SignInAs(email);
        var home = await visitor.Get("/");
        Assert.True(
            home.Document.QuerySelector("form[action='/sign-out']") is not null,
            $"{email} is not signed in: {home.Status} {home.Text}"
        );
        return From(visitor, email.Split('@')[0], home);
    }

    /// <summary>Not signed in; the token is from the sign-in form.</summary>
    public static async Task<Person> Visitor(TestSite site)
    {
        var visitor = site.Visitor();
        return From(visitor, "visitor", await visitor.Get("/sign-in"));
    }

    static Person From(Visitor visitor, string name, Page page) =>
        new(
            visitor.Site,
            name,
            visitor.Cookies.GetCookieHeader(new Uri(visitor.Site.Url)),
            page.Document.QuerySelector($"input[name={TokenField}]")!.GetAttribute("value")!
        );

    /// <summary>The same person with other cookies or another token, as a thief would combine them.</summary>
    public Person With(string? cookies = null, string? token = null, TestSite? at = null) =>
        new(at ?? site, name, cookies ?? Cookies, token ?? Token);

    public Task<Answer> Get(string path, params (string Name, string Value)[] headers) => Send(HttpMethod.Get, path, null, headers);

    /// <summary>Sends a form with the fields and the person's token.</summary>
    public Task<Answer> Post(
        string path,
        IEnumerable<KeyValuePair<string, string>>? fields = null,
        params (string Name, string Value)[] headers
    ) => Send(HttpMethod.Post, path, new FormUrlEncodedContent([.. fields ?? [], new(TokenField, Token)]), headers);

    public async Task<Answer> Send(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(
            method,
            new Uri(
                $"http://127.0.0.1:{site.Host.Port}{path}",
                new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
            )
        )
        {
            Content = content,
        };
        request.Headers.Host = $"{site.Site.CanonicalHost}:{site.Host.Port}";
        if (Cookies.Length > 0) request.Headers.TryAddWithoutValidation("Cookie", Cookies);
        foreach (var (header, value) in headers)
        {
            request.Headers.Remove(header);
            request.Headers.TryAddWithoutValidation(header, value);
        }
        using var response = await http.SendAsync(request);
        return new Answer(
            (int)response.StatusCode,
            $"{response.Headers}{response.Content.Headers}",
            response.Headers.Location?.ToString(),
            await response.Content.ReadAsStringAsync()
        );
    }
}

/// <summary>The response with its headers.</summary>
public sealed record Answer(int Status, string Headers, string? Location, string Body)
{
    public bool Holds(string word) =>
        Headers.Contains(word, StringComparison.OrdinalIgnoreCase) || Body.Contains(word, StringComparison.OrdinalIgnoreCase);

    public bool LeadsToSignIn => Status == (int)HttpStatusCode.Redirect && Location?.Contains("/sign-in") == true;
}
