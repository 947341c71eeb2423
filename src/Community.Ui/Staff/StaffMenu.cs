using Community.Kernel;
using Microsoft.AspNetCore.Http;

namespace Community.Ui;

/// <summary>The staff menu entries that the reader may use, with their modules, in the order of their parts.</summary>
public sealed class StaffMenu(Menus menus, IHttpContextAccessor http)
{
    public async ValueTask<IReadOnlyList<(Module Module, MenuItem Item)>> Entries() =>
        http.HttpContext is { } context
            ? [.. (await menus.Of(MenuPlace.Staff, context.User, UiPermissions.Staff)).OrderBy(e => e.Item.Part)]
            : [];
}
