using System.Net;
using System.Security.Cryptography;
using Community.Members;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Kernel;

public sealed class IsolationTests(TestHost host)
{
    [Fact]
    public async Task What_one_site_protected_another_cannot_read()
    {
        var (a, b) = (await host.NewSite(), await host.NewSite());
        var secret = await a.With<IDataProtectionProvider, string>(p => Task.FromResult(p.CreateProtector("links").Protect("member 1")));
        Assert.Equal("member 1", await a.With<IDataProtectionProvider, string>(p => Task.FromResult(p.CreateProtector("links").Unprotect(secret))));
        await b.With<IDataProtectionProvider, CryptographicException>(p => Task.FromResult(Assert.ThrowsAny<CryptographicException>(() => p.CreateProtector("links").Unprotect(secret))));
    }

    [Fact]
    public async Task Two_sites_have_the_same_ids_and_nothing_of_each_other()
    {
        var a = await host.NewSite();
        var b = await host.NewSite(recipe => recipe["members"]!.AsArray().Single(m => (string)m!["key"]! == "admin")!["name"] = "Boss");
        Assert.Equal("Admin", await a.Db(db => db.Members.OrderBy(m => m.Id).Select(m => m.Name).FirstAsync()));
        Assert.Equal("Boss", await b.Db(db => db.Members.OrderBy(m => m.Id).Select(m => m.Name).FirstAsync()));
        Assert.Equal(await a.Db(db => db.Members.MinAsync(m => m.Id)), await b.Db(db => db.Members.MinAsync(m => m.Id)));
    }

    [Fact]
    public void Without_a_site_there_is_no_database() =>
        Assert.Throws<InvalidOperationException>(() => new CurrentSite().Site);

    [Fact]
    public async Task A_host_name_that_nobody_has_names_nothing()
    {
        var site = await host.NewSite();
        foreach (var name in new[] { "nobody.example", "127.0.0.1", "xn--.example", new string('a', 60) + ".example" })
        {
            var answer = await Plain.Get(site, "/", ("Host", name));
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, $"{name}: {answer.StatusCode} {string.Join('\n', host.Log.Errors)}");
            Assert.Equal("Not found.", await answer.Text());
        }
        var dotted = await Plain.Get(site, "/x?y=1", ("Host", $"{site.Site.CanonicalHost}.:{host.Port}"));
        Assert.Equal($"{site.Url}/x?y=1", dotted.Headers.Location!.ToString());
    }
}
