using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Community.Members;

/// <summary>The search form's buttons, each of which leads to the list or to the changed form, and the choice of columns.</summary>
static class FindMembersEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/staff/members/find", Find).RequireAuthorization(MembersPermissions.Search);
        app.MapPost("/staff/members/columns", Columns).RequireAuthorization(MembersPermissions.Search);
    }

    static async Task<IResult> Find(HttpRequest request, SealedSearch search, SiteDb db, CurrentMember current, CancellationToken ct)
    {
        var sent = await request.ReadFormAsync(ct);
        var form = ChosenForm.Sent(sent, await FoundMembers.Offered(db, current.Asking));
        var button = sent[form.Button].ToString();
        form.Do(button, sent);
        var words = sent["q"].ToString();
        var query = FoundMembers.Query(words, form, search);
        if (query is null) return Results.LocalRedirect("/staff/members?full=true");
        query["q"] = SealedSearch.Number(words) ?? query["q"];
        foreach (var field in new[] { "sort", "purpose" }) query[field] = Truncate.To(40, sent[field].ToString());
        if (button.Length > 0) query["edit"] = form.Refused ?? form.Changed ?? "yes";
        var address = "/staff/members" + QueryString.Create(query.Where(f => !string.IsNullOrEmpty(f.Value)));
        // Who was found stands below the conditions, which may fill more than a screen.
        var place = form.Changed ?? (button.Length == 0 && !form.IsEmpty ? "found" : null);
        return Results.LocalRedirect(place is null ? address : address + "#" + place);
    }

    static async Task<IResult> Columns(HttpRequest request, ChooseColumns columns, CurrentMember current, Flash flash, CancellationToken ct)
    {
        var sent = await request.ReadFormAsync(ct);
        await columns.Keep(current.Asking, [.. sent["column"].OfType<string>()], ct);
        flash.Say("staff.done.saved");
        return Results.LocalRedirect(LocalUrl.Or(sent["back"], "/staff/members"));
    }
}
