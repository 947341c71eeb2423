using System.Text;
using Community.Members;
using Community.Tests.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Crashes;

/// <summary>The program dies while it imports members.</summary>
[OnBothDatabases]
[Trait("needs", "server")]
public sealed class ImportKilledTests
{
    [Fact]
    public async Task Killed_in_the_middle_of_an_import_it_goes_on_and_nobody_is_there_twice()
    {
        const int Rows = 1_300;
        await using var installation = await Installation.Start();
        var site = await installation.Host.NewSite();
        var admin = await site.SignIn("admin");
        var text = new StringBuilder("email,name\n");
        for (var i = 1; i <= Rows; i++) text.Append($"row{i}@example.com,Row {i}\n");
        text.Append("row3@example.com,Again\n");
        var check = await Imports.Check(admin, await Imports.Upload(admin, text.ToString()));

        // Before the commit of a step.
        var program = await installation.Run($"import.step@{site.Site.Key}");
        try { await Imports.Press(admin, check.Id, "run"); }
        catch (HttpRequestException) { /* It died meanwhile. */ }
        await program.Dead();
        await installation.StartHost(TimeSpan.FromMinutes(2));
        var now = installation.Now(site);
        var done = await Imports.Until(now, check.Id, ImportState.Done);
        Assert.Equal((Rows, 0, 0, 1), Imports.Numbers(done));
        Assert.Equal(Rows, await now.Db(db => db.Members.CountAsync(m => m.ImportedAt != null)));
        Assert.Equal(Rows, await now.Db(db => db.ImportedMembers.CountAsync()));
    }
}
