using Community.Kernel;
using Community.Mailing;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Mailing;

/// <summary>A mailing's operations check permissions themselves: a page or an API that forgets to check opens no hole.</summary>
[Trait("on", "sqlite")]
public sealed class ScheduleTests(TestHost host)
{
    [Fact]
    public async Task Whoever_may_not_send_moves_no_mailing_by_any_verb()
    {
        var site = await host.NewSite();
        var mailer = await site.SignIn("mailer");
        var id = await mailer.Reserve(local: DateTime.UtcNow.AddDays(30));
        var before = await site.Mailing(id);
        var later = StartTime.Resolve(DateTime.UtcNow.AddDays(40), site.Site.Zone);
        foreach (
            var verb in (Func<ScheduleMailing, Task<ScheduleRefusal?>>[])
                [
                    s => s.Reserve(id, before.Rev, before.StartAt, sure: true),
                    s => s.ChangeTime(id, before.Rev, later, sure: true),
                    s => s.TakeBack(id),
                    s => s.Pause(id),
                    s => s.Resume(id),
                    s => s.Cancel(id),
                    s => s.SendLate(id),
                    s => s.SendTest(before, subject => subject, Guid.NewGuid()),
                ]
        )
            Assert.Equal(ScheduleRefusal.NotAllowed, await site.With(verb));
        Assert.Equal(Decided.NotAllowed, await site.With<DecideDeliveries, Decided>(d => d.Failed(id, again: true)));
        Assert.Equal(Decided.NotAllowed, await site.With<DecideDeliveries, Decided>(d => d.Unknown(id, 1, again: true)));
        Assert.False(await site.With<SaveMailing, bool>(s => s.Delete(id, before.Rev)));
        Assert.Null(await site.With<SaveMailing, Community.Mailing.Mailing?>(s => s.Copy(id, Guid.NewGuid())));
        var after = await site.Mailing(id);
        Assert.Equal((MailingState.Scheduled, before.Rev, before.StartAt), (after.State, after.Rev, after.StartAt));
    }

    [Fact]
    public async Task Whoever_lost_the_role_since_the_page_was_opened_moves_no_mailing()
    {
        var site = await host.NewSite();
        var id = await (await site.SignIn("mailer")).Reserve(local: DateTime.UtcNow.AddDays(30));
        var asked = await site.Reader("mailer");
        Assert.True(asked.May(MailingPermissions.Send));
        await site.Db(db => db.Members.Where(m => m.Id == asked.Id).ExecuteUpdateAsync(s => s.SetProperty(m => m.Role, (string?)null)));
        async Task<T> AsMailer<TService, T>(Func<TService, Task<T>> verb) where TService : notnull =>
            await site.With<IServiceProvider, T>(services =>
            {
                var http = new DefaultHttpContext { RequestServices = services };
                Reader.Set(http, asked);
                services.GetRequiredService<IHttpContextAccessor>().HttpContext = http;
                return verb(services.GetRequiredService<TService>());
            });
        Assert.Equal(ScheduleRefusal.NotAllowed, await AsMailer<ScheduleMailing, ScheduleRefusal?>(s => s.TakeBack(id)));
        Assert.Equal(ScheduleRefusal.NotAllowed, await AsMailer<ScheduleMailing, ScheduleRefusal?>(s => s.Cancel(id)));
        Assert.Equal(Decided.NotAllowed, await AsMailer<DecideDeliveries, Decided>(d => d.Unknown(id, 1, again: true)));
        await Assert.ThrowsAsync<Denied>(() => AsMailer<SaveMailing, bool>(async s => (await s.Change(id, new())).Saved is not null));
        await Assert.ThrowsAsync<Denied>(() => AsMailer<SaveMailing, bool>(async s => (await s.Create(new())).Made is not null));
        Assert.Equal(MailingState.Scheduled, (await site.Mailing(id)).State);
    }

    [Fact]
    public void A_start_is_refused_when_it_has_passed_or_is_a_year_ahead_and_nobody_said_that_it_is_meant()
    {
        var now = new DateTime(2026, 11, 26, 12, 0, 0, DateTimeKind.Utc);
        StartTime At(double days) => StartTime.Resolve(now.AddDays(days), TimeZoneInfo.Utc);
        Assert.Equal(ScheduleRefusal.Past, At(-0.01).RefusedAt(now));
        Assert.Equal(ScheduleRefusal.Past, At(-0.01).RefusedAt(now, sure: true));
        Assert.Equal(ScheduleRefusal.Far, At(367).RefusedAt(now, sure: false));
        Assert.Null(At(367).RefusedAt(now, sure: true));
        Assert.Null(At(365).RefusedAt(now, sure: false));
    }
}
