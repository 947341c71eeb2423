using Community.Kernel;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Themes;

/// <summary>Themes on disk, and each site's own values of their tokens.</summary>
public sealed class ThemesModule : Module
{
    public override string Name => "Themes";
    public override bool Always => true;

    public override IEnumerable<PageFile> Styles => [new("/_content/Community.Themes/themes.css")];

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<ThemesOptions>(configuration.GetSection("Community"));
        services.AddSingleton<ThemeStore>();
        services.AddScoped<ChangeTheme>();
        services.AddScoped<ActiveTheme>();
        services.AddScoped<ThemePreview>();
        services.AddSingleton<MailColorsOf>(s => site => MailTheme.Of(s.GetRequiredService<ThemeStore>().Get(site.Theme), site.Tokens));
    }

    public override void AddEvents(EventList events) => events.Add<ThemePublished>("themes.published");

    public override void BuildModel(ModelBuilder model) => ThemesDb.Map(model);

    public override IEnumerable<PersonalData> PersonalData => [Kernel.PersonalData.Mention<ThemeVersion>(l => l.MemberId)];

    public override async Task<IReadOnlyCollection<string>> FilesInUse(
        SiteDb db, IReadOnlyCollection<string> hashes, CancellationToken ct)
    {
        // The site's own tokens, earlier settings to which it may return, and previews: a few rows.
        var tokens = string.Join('\n', (await db.ThemeVersions.Select(v => v.Tokens).ToListAsync(ct)).Concat(db.Site.Tokens.Values));
        return [.. hashes.Where(h => tokens.Contains(h, StringComparison.Ordinal))];
    }

    public override void MapEndpoints(IEndpointRouteBuilder endpoints) => ThemeEndpoints.Map(endpoints);

    public override IEnumerable<Permission> Permissions => [new(ThemesPermissions.Choose, Roles.Webmaster, Roles.Administrator)];

    public override IEnumerable<FirstStep> FirstSteps =>
        [new("themes.first", "/staff/theme", ThemesPermissions.Choose, db => Task.FromResult(db.Site.Tokens.Count > 0))];

    public override IEnumerable<MenuItem> Menu { get; } =
        [new(MenuPlace.Staff, "themes.menu", "/staff/theme", ThemesPermissions.Choose, Part: StaffMenuPart.SetUp)];
}
