using System.Net;
using System.Net.Sockets;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Community.Tests.Harness;

/// <summary>A person with a browser: cookies, redirects, forms as they stand on the page.</summary>
public sealed class Visitor
{
    readonly TestSite site;
    readonly HttpClient http;

    public Visitor(TestSite site)
    {
        this.site = site;
        http = new HttpClient(new SocketsHttpHandler
        {
            CookieContainer = Cookies,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            // Every host name in a test is this machine.
            ConnectCallback = async (context, ct) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, ct);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        { BaseAddress = new Uri(site.Url) };
    }

    public CookieContainer Cookies { get; } = new();
    public TestSite Site => site;

    /// <summary>The response to a request, without following redirects.</summary>
    public async Task<Page> Send(HttpRequestMessage request)
    {
        using var response = await http.SendAsync(request);
        return new Page(response, await response.Content.ReadAsStringAsync(), new Uri(http.BaseAddress!, request.RequestUri!));
    }

    /// <summary>A file as it comes, with all headers.</summary>
    public async Task<HttpResponseMessage> Download(string url, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        change?.Invoke(request);
        return await http.SendAsync(request);
    }

    /// <summary>Requests exactly this path, which <see cref="Uri"/> would otherwise normalize.</summary>
    public Task<Page> Raw(string path) =>
        Send(
            new HttpRequestMessage(
                HttpMethod.Get,
                new Uri(site.Url + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true })
            )
        );

    /// <summary>Opens an address and follows redirects, as a browser does.</summary>
    public async Task<Page> Get(string url)
    {
        var page = await Send(new HttpRequestMessage(HttpMethod.Get, url));
        return await Follow(page);
    }

    /// <summary>
    /// Opens <paramref name="url"/>, fills in a form and sends it: the first with all these fields, or <paramref name="form"/>.
    /// </summary>
    public async Task<Page> Submit(string url, Dictionary<string, string> fields, string? form = null) =>
        await Submit(await Get(url), fields, form);

    /// <summary>Fills in a form of the page and sends it. A field's name may be given without the model's name before its dot.</summary>
    public async Task<Page> Submit(Page page, Dictionary<string, string> fields, string? form = null) =>
        await Follow(await Post(page, fields, form));

    /// <summary>As <see cref="Submit(Page, Dictionary{string, string}, string?)"/>, without following a redirect.</summary>
    public async Task<Page> Post(Page page, Dictionary<string, string> fields, string? form = null)
    {
        var forms = form is null
            ? page.Document.QuerySelectorAll("form").OfType<IHtmlFormElement>().Where(f => fields.Keys.All(k => FindName(f, k) is not null))
            : page.Document.QuerySelectorAll(form).OfType<IHtmlFormElement>();
        var target =
            forms.FirstOrDefault()
            ?? throw new InvalidOperationException(
                $"No form {form} with {string.Join(", ", fields.Keys)} on {page.Url}: {page.Status} {page.Text}"
            );
        var values = Hidden(target);
        foreach (var (key, value) in fields) values[FindName(target, key) ?? key] = value;
        var action = target.GetAttribute("action");
        var url = new Uri(page.Url, string.IsNullOrEmpty(action) ? page.Url.PathAndQuery : action);
        if (target.Method == "get")
            return await Send(
                new HttpRequestMessage(
                    HttpMethod.Get,
                    url.GetLeftPart(UriPartial.Path) + "?" + await new FormUrlEncodedContent(values).ReadAsStringAsync()
                )
            );
        return await Send(new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(values) });
    }

    /// <summary>What a browser would send without input: hidden fields, prefilled values, ticked checkboxes.</summary>
    static Dictionary<string, string> Hidden(IHtmlFormElement form)
    {
        var values = new Dictionary<string, string>();
        foreach (var input in form.QuerySelectorAll("input[name]").OfType<IHtmlInputElement>())
            if (input.Type is not ("submit" or "checkbox" or "radio" or "file") || input.IsChecked)
                values[input.Name!] = input.Value;
        foreach (var area in form.QuerySelectorAll("textarea[name]").OfType<IHtmlTextAreaElement>())
            values[area.Name!] = area.Value;
        foreach (var select in form.QuerySelectorAll("select[name]").OfType<IHtmlSelectElement>())
            values[select.Name!] = select.Value ?? "";
        return values;
    }

    static string? FindName(IHtmlFormElement form, string field) =>
        form.QuerySelectorAll("[name]")
            .Select(e => e.GetAttribute("name")!)
            .FirstOrDefault(n =>
                n.Equals(field, StringComparison.OrdinalIgnoreCase) || n.EndsWith("." + field, StringComparison.OrdinalIgnoreCase)
            );

    async Task<Page> Follow(Page page)
    {
        for (var hop = 0; hop < 10 && page.Location is { } location; hop++)
            page = await Send(new HttpRequestMessage(HttpMethod.Get, location));
        return page;
    }
}

/// <summary>A response, as a person or a test reads it.</summary>
public sealed class Page(HttpResponseMessage response, string html, Uri url)
{
    readonly Lazy<IHtmlDocument> document = new(() => new HtmlParser().ParseDocument(html));

    public Uri Url => url;
    public string Html => html;
    public HttpStatusCode Status { get; } = response.StatusCode;
    public string? ContentType { get; } = response.Content.Headers.ContentType?.MediaType;
    public System.Net.Http.Headers.HttpResponseHeaders Headers { get; } = response.Headers;
    public Uri? Location { get; } = response.Headers.Location is { } l ? new Uri(url, l) : null;
    public IHtmlDocument Document => document.Value;
    /// <summary>The body's text, with white space collapsed.</summary>
    public string Text =>
        string.Join(' ', (Document.Body?.TextContent ?? html).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    public string Title => Document.Title ?? "";
}
