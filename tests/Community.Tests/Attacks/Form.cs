using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Community.Tests.House;

namespace Community.Tests.Attacks;

/// <summary>A form on a page: its target, and its fields as a browser would send them.</summary>
public sealed record Form(string Page, string Action, bool Uploads, IReadOnlyList<(string Name, string Value, bool Typed)> Fields)
{
    public string Handler => Fields.FirstOrDefault(f => f.Name == "_handler").Value ?? Action;
    /// <summary>It has only a button.</summary>
    public bool IsButton => Fields.All(f => f.Name is Person.TokenField or "_handler");
    public override string ToString() => $"{Page} → {Action} {Handler}";

    /// <summary>All forms that a person sees, on any page whose URL can be built, except the one to sign out.</summary>
    public static async Task<List<Form>> Found(Person person, Addresses addresses)
    {
        var forms = new List<Form>();
        var pages = Routes
            .All(person.Site.Host)
            .Where(r => r.Method == "GET" && !r.Path.StartsWith("/dev") && !r.Path.StartsWith("/language") && !r.Path.StartsWith("/scheme"))
            .Select(r => addresses.Fill(r.Path))
            .Distinct();
        foreach (var page in pages)
            if (await person.Get(page) is { Status: 200 } answer && answer.Body.Contains("<form")) forms.AddRange(On(page, answer.Body));
        return [.. forms.DistinctBy(f => (f.Page, f.Action, f.Handler, string.Join(' ', f.Fields.Select(x => x.Name))))];
    }

    public static IEnumerable<Form> On(string page, string html) =>
        new HtmlParser()
            .ParseDocument(html)
            .QuerySelectorAll("form[method=post]")
            .Where(f => f.GetAttribute("action") != "/sign-out")
            .Select(f => new Form(
                page,
                f.GetAttribute("action") is { Length: > 0 } action ? action : page,
                f.GetAttribute("enctype") is not null,
                [.. f.QuerySelectorAll("input[name],textarea[name],select[name],button[name]").Select(Field)]
            ));

    static (string, string, bool) Field(IElement e) =>
        (
            e.GetAttribute("name")!,
            e.GetAttribute("value") ?? e.QuerySelector("option[selected],option")?.GetAttribute("value") ?? e.TextContent,
            e.GetAttribute("type") != "hidden"
        );

    /// <summary>
    /// The body with <paramref name="value"/>, already percent-encoded, in every typed field, or in every hidden one; with this
    /// token.
    /// </summary>
    public HttpContent With(string token, string value, bool typed) =>
        new StringContent(
            string.Join(
                '&',
                Fields
                    .Where(f => f.Name != Person.TokenField)
                    .Select(f =>
                        $"{Uri.EscapeDataString(f.Name)}={(f.Typed == typed && f.Name != "_handler" ? value : Uri.EscapeDataString(f.Value))}"
                    )
                    .Append($"{Person.TokenField}={Uri.EscapeDataString(token)}")
            ),
            System.Text.Encoding.ASCII,
            "application/x-www-form-urlencoded"
        );
}
