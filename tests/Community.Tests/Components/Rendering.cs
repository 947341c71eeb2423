using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Bunit;
using Community.Members;
using Community.Web;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Community.Tests.Components;

/// <summary>Components by themselves: no host, no database, a site in memory.</summary>
public abstract class Rendering : BunitContext
{
    protected static readonly ModuleList Modules = new(HostModules.All);
    static readonly Texts texts = new(Modules);

    protected Rendering()
    {
        var http = new HttpContextAccessor { HttpContext = Http };
        Services.AddSingleton<IStringLocalizer>(texts);
        Services.AddSingleton(Modules);
        Services.AddSingleton(new Community.Kernel.May(Modules));
        Services.AddSingleton(Site);
        // Entries that ask the site's database are tried through the front door.
        Services.AddScoped(s => new Community.Kernel.Menus(new ModuleList([]), Site, s.GetRequiredService<Community.Kernel.May>(), s));
        Services.AddSingleton(TimeProvider.System);
        Services.AddScoped<ReaderClock>();
        Services.AddSingleton<IHttpContextAccessor>(http);
        Services.AddSingleton(HtmlEncoder.Create(UnicodeRanges.All));
        In("en");
    }

    protected HttpContext Http { get; } = new DefaultHttpContext();

    protected Site Site { get; } =
        new()
        {
            Id = 1,
            Key = "a",
            Name = "A <b>site</b>",
            Hosts = ["a.example"],
            Culture = "en",
            TimeZone = "Asia/Tokyo",
            Theme = "plain",
            Features = new HashSet<string> { "Members", "Boards" },
        };

    protected static void In(string language) =>
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language == "ja" ? "ja-JP" : "en-US");

    protected void SignedIn(params string[] roles)
    {
        Reader.Set(Http, Reader.Visitor with { Id = 7 });
        Http.User = new ClaimsPrincipal(
            new ClaimsIdentity(
                [new(ClaimTypes.NameIdentifier, "7"), .. roles.Select(r => new Claim(ClaimTypes.Role, r))],
                "test",
                ClaimTypes.Name,
                ClaimTypes.Role
            )
        );
    }

    protected IRenderedComponent<T> Show<T>(Action<ComponentParameterCollectionBuilder<T>> parameters)
        where T : IComponent =>
        Render<T>(p =>
        {
            p.AddCascadingValue(Http);
            parameters(p);
        });
}
