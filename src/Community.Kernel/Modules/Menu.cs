using System.Security.Claims;

namespace Community.Kernel;

/// <summary>Where a menu entry stands.</summary>
public enum MenuPlace { Site, Staff }

/// <summary>An entry of a menu.</summary>
/// <param name="Place">The menu it stands in.</param>
/// <param name="Text">The key of its text.</param>
/// <param name="Url">Root-relative address.</param>
/// <param name="Permission">Shown only to who has it; null for everybody.</param>
/// <param name="Count">A component that says behind the text how much waits there, in the staff's menu.</param>
/// <param name="First">Stands before the entries of modules that come earlier: what the site is about.</param>
/// <param name="Label">What the site itself calls it, in place of <paramref name="Text"/>; null for the text.</param>
public sealed record MenuItem(
    MenuPlace Place,
    string Text,
    string Url,
    string? Permission = null,
    Type? Count = null,
    bool First = false,
    string? Label = null
);

/// <summary>The menus of this site, as the modules that are on make them.</summary>
public sealed class Menus(ModuleList modules, Site site, May may, IServiceProvider services)
{
    /// <summary>The entries of a menu that somebody may use, in the order of the modules.</summary>
    /// <param name="place">Which menu.</param>
    /// <param name="user">Who reads.</param>
    /// <param name="otherwise">The permission that an entry without one of its own takes; null for none.</param>
    public async ValueTask<IReadOnlyList<(Module Module, MenuItem Item)>> Of(
        MenuPlace place,
        ClaimsPrincipal user,
        string? otherwise = null
    )
    {
        var entries = new List<(Module, MenuItem)>();
        foreach (var module in modules.Of(site))
            foreach (var item in await module.MenuOf(services))
                if (item.Place == place && may.Do(user, item.Permission ?? otherwise)) entries.Add((module, item));
        return entries;
    }

    /// <summary>The same as the modules declare them, without asking the site.</summary>
    public IEnumerable<MenuItem> Declared(MenuPlace place, ClaimsPrincipal user) =>
        modules.Of(site).SelectMany(m => m.Menu).Where(i => i.Place == place && may.Do(user, i.Permission));
}
