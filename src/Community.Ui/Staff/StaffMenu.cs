using Community.Kernel;
using Microsoft.AspNetCore.Http;

namespace Community.Ui;

/// <summary>The entries of the staff's menu that the reader may use, by module.</summary>
public sealed class StaffMenu(ModuleList modules, Site site, May may, IHttpContextAccessor http)
{
    public IEnumerable<(Module Module, List<MenuItem> Items)> Parts =>
        modules.Of(site).Select(m => (m, m.Menu.Where(IsOffered).ToList())).Where(p => p.Item2.Count > 0);

    public IEnumerable<MenuItem> Items => Parts.SelectMany(p => p.Items);

    bool IsOffered(MenuItem item) =>
        item.Place == MenuPlace.Staff && may.Do(http.HttpContext?.User, item.Permission ?? UiPermissions.Staff);
}
