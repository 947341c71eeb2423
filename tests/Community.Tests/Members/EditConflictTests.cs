using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>Two people have the same form open: the second to save is told who was first, and must submit again to overwrite.</summary>
public sealed class EditConflictTests(TestHost host)
{
    [Theory]
    [InlineData("board", "name", "name")]
    [InlineData("group", "Description", "Name")]
    [InlineData("member", "Bio", "Bio")]
    public async Task Whoever_saves_second_is_told_who_was_first_and_may_write_over_it(string what, string first, string second)
    {
        // Ben is an administrator too.
        var site = await host.NewSite(r => r["members"]![1]!["role"] = "administrator");
        var (admin, ben) = (await site.SignIn("admin"), await site.SignIn("ben"));
        var url = what switch
        {
            "board" => "/staff/boards/" + await site.Db(db => db.Boards.Where(b => b.Key == "general").Select(b => b.Id).SingleAsync()),
            "group" => "/staff/groups/circle/edit",
            _ => $"/staff/members/{await site.Db(db => db.Members.Where(m => m.Name == "Anna").Select(m => m.Id).SingleAsync())}/edit",
        };
        var open = await admin.Get(url);
        await ben.Submit(url, new() { [first] = "From Ben" });
        var told = await admin.Submit(open, new() { [second] = "From the other" });
        Assert.Contains("Ben saved this while you had the form open", told.Text);
        Assert.Contains("From the other", told.Html);
        Assert.False(await Saved("From the other"));
        var done = await admin.Submit(told, new() { [second] = "From the other" });
        Assert.DoesNotContain("saved this while", done.Text);
        Assert.True(await Saved("From the other"));

        Task<bool> Saved(string text) => site.Db(async db => what switch
        {
            "board" => await db.Boards.AnyAsync(b => b.Name == text),
            "group" => await db.Groups.AnyAsync(g => g.Name == text),
            _ => await db.Members.AnyAsync(m => m.Bio == text),
        });
    }

    [Fact]
    public async Task Saving_what_stands_there_already_is_no_conflict()
    {
        var site = await host.NewSite();
        var admin = await site.SignIn("admin");
        var open = await admin.Get("/staff/groups/circle/edit");
        await admin.Submit("/staff/groups/circle/edit", new() { ["Name"] = "Ring" });
        Assert.DoesNotContain("You saved this", (await admin.Submit(open, new() { ["Name"] = "Ring" })).Text);
        Assert.Contains("You saved this in another window", (await admin.Submit(open, new() { ["Name"] = "Round" })).Text);
    }

    [Fact]
    public async Task Who_decided_a_request_is_known_after_the_group_was_renamed()
    {
        var site = await host.NewSite();
        var (admin, mod, ben) = (await site.SignIn("admin"), await site.SignIn("mod"), await site.SignIn("ben"));
        await ben.Submit("/groups/circle", [], "form[action$='/join']");
        var open = await admin.Get("/staff/groups/circle");
        await mod.Submit("/staff/groups/circle", [], "form[action$='/refuse']");
        await admin.Submit("/staff/groups/circle/edit", new() { ["Name"] = "Another name" });
        Assert.Contains("Moderator refused Ben", (await admin.Submit(open, [], "form[action$='/admit']")).Text);
        var row = await site.Db(db => db.GroupRequests.SingleAsync());
        Assert.Equal(GroupDecision.Refused, row.Decision);
    }
}
