using System.Security.Claims;

namespace Community.Kernel;

/// <summary>The menu that an entry belongs to.</summary>
public enum MenuPlace { Site, Staff, Footer, Account }

/// <summary>An entry of a menu.</summary>
/// <param name="Place">The menu it belongs to.</param>
/// <param name="Text">The key of its text.</param>
/// <param name="Url">Root-relative address.</param>
/// <param name="Permission">Shown only to those who have it; null for everybody.</param>
/// <param name="Count">A component that shows the number of pending items after the text, in the staff menu.</param>
/// <param name="First">Comes before the entries of earlier modules: for what the site is about.</param>
/// <param name="Label">The site's own label instead of <paramref name="Text"/>; null for the text.</param>
/// <param name="OfSitesAlone">The operator's console has no such page.</param>
/// <param name="Part">Where it stands in the staff menu.</param>
public sealed record MenuItem(
    MenuPlace Place,
    string Text,
    string Url,
    string? Permission = null,
    Type? Count = null,
    bool First = false,
    string? Label = null,
    bool OfSitesAlone = false,
    StaffMenuPart Part = StaffMenuPart.Work
);

/// <summary>The parts of the staff menu, in their order: what is done every day, what is looked up, and what is set up once.</summary>
public enum StaffMenuPart
{
    /// <summary>Below the heading of the module.</summary>
    Work,
    Records,
    SetUp,
}

/// <summary>The menus of this site, made by the modules that are on.</summary>
public sealed class Menus(ModuleList modules, Site site, May may, IServiceProvider services)
{
    /// <summary>The entries of a menu that a user may use, in module order.</summary>
    /// <param name="place">The menu.</param>
    /// <param name="user">The user who sees the menu.</param>
    /// <param name="otherwise">The permission required by entries that name none; null for none.</param>
    public async ValueTask<IReadOnlyList<(Module Module, MenuItem Item)>> Of(
        MenuPlace place,
        ClaimsPrincipal user,
        string? otherwise = null
    )
    {
        var entries = new List<(Module, MenuItem)>();
        foreach (var module in modules.Of(site))
            foreach (var item in await module.MenuOf(services))
                if (item.Place == place && IsHere(item) && may.Do(user, item.Permission ?? otherwise)) entries.Add((module, item));
        return entries;
    }

    /// <summary>The same as declared by the modules, without the site's own choices.</summary>
    public IEnumerable<MenuItem> Declared(MenuPlace place, ClaimsPrincipal user) =>
        modules.Of(site).SelectMany(m => m.Menu).Where(i => i.Place == place && IsHere(i) && may.Do(user, i.Permission));

    bool IsHere(MenuItem item) => !(item.OfSitesAlone && site.IsConsole);
}
