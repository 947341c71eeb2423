using Community.Kernel;
using Microsoft.AspNetCore.Http;

namespace Community.Ui;

/// <summary>The entries of the staff's menu that the reader may use, by module.</summary>
public sealed class StaffMenu(Menus menus, IHttpContextAccessor http)
{
    public async ValueTask<IReadOnlyList<(Module Module, MenuItem Item)>> Entries() =>
        http.HttpContext is { } context ? await menus.Of(MenuPlace.Staff, context.User, UiPermissions.Staff) : [];
}
