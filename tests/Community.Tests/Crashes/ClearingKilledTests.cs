using Community.Boards;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Crashes;

/// <summary>The program dies while all posts of a member are hidden, and while that is undone.</summary>
[Trait("needs", "server")]
public sealed class ClearingKilledTests
{
    [Fact]
    public async Task Killed_in_the_middle_of_a_clearing_and_of_its_undo_it_goes_on_and_all_is_as_before()
    {
        await using var installation = await Installation.Start();
        var site = await installation.Host.NewSite();
        await site.Fill("general", 2 * ClearingWork.Step + 20, n => Math.Max(1, n / 2));
        var mod = await site.SignIn("mod");
        var anna = (await site.Reader("anna")).Id;
        await Dies(await mod.Get($"/staff/boards/members/{anna}/clear"), "form:has([name=reason])");
        Assert.Equal((ClearingWork.Step, ClearingWork.Step), (await Act(c => c.Hidden), await Hidden()));
        await GoesOn(ClearingState.Done);
        var all = 2 * ClearingWork.Step + 21;
        Assert.Equal((all, all, 1), (await Act(c => c.Hidden), await Hidden(), await Act(c => c.Topics)));

        await Dies(await mod.Get(await Act(c => "/staff/boards/clearings/" + c.Id)), "form[action$='/undo']");
        Assert.Equal((ClearingWork.Step, all - ClearingWork.Step), (await Act(c => c.Undone), await Hidden()));
        await GoesOn(ClearingState.Undone);
        Assert.Equal((all, 0, 0), (await Act(c => c.Undone), await Act(c => c.Left), await Hidden()));
        await site.EventsRead();
        Assert.Equal([], await site.With((CheckBoards c) => c.Problems(default).ToListAsync().AsTask()));

        async Task Dies(Page page, string form)
        {
            var program = await installation.Run($"clearing.step@{site.Site.Key}:2");
            try { await mod.Submit(page, [], form); }
            catch (HttpRequestException) { /* It died meanwhile. */ }
            await program.Dead();
        }

        async Task GoesOn(ClearingState state)
        {
            await installation.StartHost(TimeSpan.FromMinutes(2));
            site = installation.Now(site);
            await TestSite.Until(async () => await Act(c => c.State) == state, $"the clearing is {state}");
        }

        Task<T> Act<T>(System.Linq.Expressions.Expression<Func<Clearing, T>> what) =>
            site.Db(db => db.Clearings.Select(what).SingleAsync());
        Task<int> Hidden() => site.Db(db => db.Posts.CountAsync(p => p.HiddenAt != null));
    }
}
