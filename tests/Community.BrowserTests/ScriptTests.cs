using Community.Boards;
using Community.Mailing;
using Community.Members;
using Community.Tests.Attacks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace Community.BrowserTests;

/// <summary>
/// Thousands of texts that try to be script, in every place that shows a member's words, opened in a real browser – as it is, and once
/// more with the Content-Security-Policy put aside, so that it is the escaping that is looked at and not the second wall alone.
/// </summary>
[Trait("needs", "browser")]
public sealed class ScriptTests(Chromium chromium)
{
    /// <summary>Runs before anything of the page: whatever a vector does, it is written down.</summary>
    const string Hook = """
        window.ran = [];
        window.xss = what => window.ran.push('called ' + what);
        for (const name of ['alert', 'confirm', 'prompt', 'open']) window[name] = (...a) => window.ran.push(name + ' ' + a);
        """;

    [Fact]
    public async Task Nothing_that_the_renderer_makes_of_any_text_runs()
    {
        var page = await chromium.Open(chromium.Northwind, bypassCsp: true);
        await page.GotoAsync("/");
        var faults = Watch(page);
        // That the hook would notice it: the same texts without the renderer, a few of them.
        await page.SetContentAsync(
            $"<!DOCTYPE html><script>{Hook}</script>{Vectors.Plain.First(v => v.StartsWith("<img src=x"))}",
            new() { WaitUntil = WaitUntilState.Load }
        );
        Assert.NotEmpty(await page.EvaluateAsync<string[]>("window.ran"));
        var html = string.Concat(Vectors.All.Select(v => $"<div>{Markup.ToHtml(v)}</div>\n"));
        await page.SetContentAsync($"<!DOCTYPE html><script>{Hook}</script>{html}", new() { WaitUntil = WaitUntilState.Load });
        faults.AddRange(await page.EvaluateAsync<string[]>("window.ran"));
        Assert.True(await page.Locator("body > div").CountAsync() > 7000);
        Assert.Empty(
            await page.EvaluateAsync<string[]>(
                "[...document.querySelectorAll('a')].map(a => a.href).filter(u => !/^(https?:|mailto:)/.test(u))"
            )
        );
        await page.Context.CloseAsync();
        Assert.True(faults.Count == 0, string.Join('\n', faults.Take(20)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_that_a_member_writes_runs_or_asks_another_host(bool bypassCsp)
    {
        var site = await Filled();
        var page = await chromium.Open(site, bypassCsp: bypassCsp);
        await chromium.SignIn(page, "admin@example.com");
        var faults = Watch(page);
        var member = await site.Db(db => db.Members.AsNoTracking().Where(m => m.Email == "anna@example.com").FirstAsync());
        var topics = await site.Db(db => db.Topics.OrderBy(t => t.Id).Select(t => t.Id).ToListAsync());
        var shown = 0;
        var paths = topics
            .SelectMany(t =>
                new[]
                {
                    $"/boards/general/{t}?view=chronological",
                    $"/boards/general/{t}/reply?quote=true",
                    $"/boards/general/{t}/posts/1/edit",
                    $"/boards/general/{t}/posts/1/history",
                }
            )
            .Concat([
                "/",
                "/boards",
                "/boards/general?view=topics",
                "/boards/general?view=tree",
                "/boards/general?view=posts",
                "/groups",
                "/groups/circle",
                $"/members/{member.Handle}",
                "/account",
                "/staff/members",
                $"/staff/members/{member.Id}",
                $"/staff/members/{member.Id}/edit",
                "/staff/groups",
                "/staff/groups/circle",
                "/staff/groups/circle/edit",
                "/staff/boards",
                "/staff/boards/1",
                "/staff/boards/moderation",
                "/staff/reports",
                "/staff/audit",
                "/staff/mailings",
                "/staff/mailings/1",
                "/staff/mailings/1/edit",
                "/staff/mailings/1/audience",
                "/staff/mailings/1/confirm",
                "/staff/mailings/1/preview",
                $"/staff/mailings/1/preview.html?member={member.Handle}",
                "/staff/mailings/1/recipients",
                "/staff/theme",
                "/staff/members?q=" + Uri.EscapeDataString("\"><script>xss(1)</script>"),
                "/sign-in?returnUrl=" + Uri.EscapeDataString("javascript:xss(1)"),
                "/none/" + Uri.EscapeDataString("\"><img src=x onerror=xss(1)>"),
            ])
            .ToList();
        // With the policy in place some pages are enough: it is the same HTML.
        foreach (var path in bypassCsp ? paths : paths.Take(6))
        {
            var answer = await page.GotoAsync(path, new() { WaitUntil = WaitUntilState.DOMContentLoaded });
            // What waits for a hand – focus, the pointer, an opened fold, a picture that fails – and then what ran, and what would run at a
            // click.
            faults.AddRange(
                (
                    await page.EvaluateAsync<string[]>(
                        """
                        () => {
                          for (const e of document.querySelectorAll('*')) { for (const name of ['focus', 'mouseover', 'error', 'load', 'toggle']) e.dispatchEvent(new Event(name)); if (e.localName === 'details') e.open = true; }
                          return [...window.ran ?? [],
                            ...[...document.querySelectorAll('a[href],area[href],form[action],button[formaction]')].map(e => new URL(e.getAttribute('href') ?? e.getAttribute('formaction') ?? e.getAttribute('action'), location).href).filter(u => !/^(https?:|mailto:)/.test(u)),
                            ...[...document.querySelectorAll('*')].flatMap(e => [...e.attributes].filter(a => a.name.startsWith('on')).map(a => e.localName + ' ' + a.name)),
                            ...[...document.querySelectorAll('main script, main style, main iframe:not([sandbox]), main object, main embed, main base, main meta, main link')].map(e => e.localName)];
                        }
                        """
                    )
                ).Select(r => $"{path}: {r}")
            );
            if (answer!.Status == 200)
                shown++;
        }
        await page.Context.CloseAsync();
        Assert.True(faults.Count == 0, $"{faults.Count}:\n{string.Join('\n', faults.Distinct().Take(30))}");
        Assert.True(shown >= (bypassCsp ? 30 : 5), $"only {shown} pages were shown");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_in_a_mail_runs_where_it_is_read(bool bypassCsp)
    {
        var site = await Filled();
        await site.Db(db =>
        {
            foreach (var text in Vectors.Markdown.Chunk(150))
                db.Send(
                    new SystemMail
                    {
                        Kind = "test",
                        To = "anna@example.com",
                        Subject = Vectors.Plain.First(v => v.StartsWith("</title>")),
                        Culture = "en",
                        Text = string.Join("\n\n", text),
                    }
                );
            return db.SaveChangesAsync();
        });
        await TestSite.Until(
            () =>
                site.Db(async db =>
                    !await db.SystemMails.AnyAsync(l => l.State == SystemMailState.Waiting || l.State == SystemMailState.InFlight)
                ),
            "the mails are sent"
        );
        var page = await chromium.Open(site, bypassCsp: bypassCsp);
        var faults = Watch(page);
        await page.GotoAsync("/dev/mail", new() { WaitUntil = WaitUntilState.DOMContentLoaded });
        var mails = (await page.EvaluateAsync<string[]>("[...document.querySelectorAll('.mail-list a')].map(a => a.getAttribute('href'))"))
            .Take(bypassCsp ? 11 : 3)
            .ToList();
        Assert.True(mails.Count > 2, $"{mails.Count} mails");
        foreach (var mail in mails)
        {
            await page.GotoAsync(mail, new() { WaitUntil = WaitUntilState.Load });
            foreach (var frame in page.Frames)
                faults.AddRange((await frame.EvaluateAsync<string[]>("window.ran ?? []")).Select(r => $"{mail}: {r}"));
        }
        await page.Context.CloseAsync();
        Assert.True(faults.Count == 0, $"{faults.Count}:\n{string.Join('\n', faults.Distinct().Take(30))}");
    }

    static readonly SemaphoreSlim making = new(1);
    static TestSite? filled;

    /// <summary>
    /// A site full of vectors: in names, titles, posts, profiles, groups, boards, reasons, mailings and in the site's own name.
    /// </summary>
    async Task<TestSite> Filled()
    {
        await making.WaitAsync();
        try { return filled ??= await Fill(); }
        finally { making.Release(); }
    }

    async Task<TestSite> Fill()
    {
        var plain = Vectors.Plain.ToList();
        var next = 0;
        // Every vector once somewhere, whatever the place: they stand in the same kind of HTML.
        string Next(int most) { for (; ; ) { var text = plain[next++ % plain.Count]; if (text.Length <= most) return text; } }
        var site = await chromium.Host.NewSite(recipe =>
        {
            recipe["name"] = "\"><script>xss(1)</script>";
            recipe["tagline"] = "</title><img src=x onerror=xss(1)>";
            foreach (var part in new[] { "groups", "boards", "mailKinds" })
                foreach (var item in recipe[part]!.AsArray()) (item!["name"], item["description"]) = (Next(60), Next(200));
            foreach (var member in recipe["members"]!.AsArray()) member!["bio"] = string.Join("\n\n", Vectors.Markdown.Take(60));
        });
        await site.With<IServiceProvider, int>(async services =>
        {
            var db = (SiteDb)services.GetService(typeof(SiteDb))!;
            // Longer than a name may be today: rows from before may hold them.
            foreach (var id in await db.Members.Select(m => m.Id).ToListAsync())
            {
                var name = Next(180);
                await db.Members.Where(m => m.Id == id).ExecuteUpdateAsync(u => u.SetProperty(m => m.Name, name));
            }
            var anna = await db.Members.FirstAsync(m => m.Email == "anna@example.com");
            var admin = await db.Members.FirstAsync(m => m.Email == "admin@example.com");
            var board = await db.Boards.FirstAsync(b => b.Key == "general");
            var now = DateTime.UtcNow;
            var reader = new Reader(
                admin.Id,
                admin.Name,
                admin.Handle,
                new HashSet<long>(),
                ((May)services.GetService(typeof(May))!).Of(Roles.Member, Roles.Administrator)
            );
            var publish = (PublishPost)services.GetService(typeof(PublishPost))!;
            // A topic for some hundreds of vectors: each post holds many, each has a title of its own.
            foreach (var many in Vectors.Markdown.Concat(Vectors.Plain).Where((_, i) => i % 4 == 0).Chunk(300))
            {
                var topic = (
                    await publish.StartTopic(reader, "general", Next(110), string.Join("\n\n", many.Take(20)), Guid.NewGuid(), default)
                )!;
                foreach (var some in many.Skip(20).Chunk(40))
                    await publish.Reply(reader, topic.TopicId, 1, Next(110), string.Join("\n\n", some), Guid.NewGuid(), default);
            }
            db.ChangeTracker.Clear();
            db.Reports.Add(
                new Report
                {
                    PostId = 1,
                    ReporterId = anna.Id,
                    Reason = Next(400),
                    At = now,
                }
            );
            db.ModerationLog.Add(
                new ModerationEntry
                {
                    At = now,
                    ActorId = admin.Id,
                    Act = ModerationAct.Lock,
                    TopicId = 1,
                    Reason = Next(400),
                }
            );
            db.GroupMemberships.Add(
                new GroupMembership
                {
                    GroupId = 1,
                    MemberId = anna.Id,
                    RequestedAt = now,
                    Message = Next(290),
                }
            );
            db.SignIns.Add(
                new SignIn
                {
                    MemberId = anna.Id,
                    At = now,
                    Network = Next(400),
                    Agent = Next(400),
                }
            );
            db.Audit.Add(
                new AuditRecord
                {
                    At = now,
                    ActorId = admin.Id,
                    Action = "members.open",
                    SubjectId = anna.Id,
                    Purpose = Next(400),
                    Fields = Next(400),
                }
            );
            db.Mailings.Add(
                new Community.Mailing.Mailing
                {
                    FormKey = Guid.NewGuid(),
                    KindId = 1,
                    Title = Next(180),
                    Contents =
                    [
                        new()
                        {
                            Subject = Next(180),
                            Preheader = Next(180),
                            Text = "{{member.name}}\n\n" + string.Join("\n\n", Vectors.Markdown.Where((_, i) => i % 7 == 0)),
                        },
                    ],
                    Zone = "Etc/UTC",
                    CreatedBy = admin.Id,
                    CreatedAt = now,
                }
            );
            return await db.SaveChangesAsync();
        });
        return site;
    }

    List<string> Watch(IPage page) => Watch(page, chromium);

    /// <summary>Writes down what runs on a page and in its frames, what opens, and what is asked of other hosts.</summary>
    internal static List<string> Watch(IPage page, Chromium chromium)
    {
        var faults = new List<string>();
        page.Context.AddInitScriptAsync(Hook).GetAwaiter().GetResult();
        page.Dialog += async (_, dialog) => { faults.Add($"{page.Url}: dialog {dialog.Message}"); await dialog.DismissAsync(); };
        page.Popup += (_, popup) => faults.Add($"{page.Url}: window {popup.Url}");
        page.Request += (_, request) =>
        {
            if (
                new Uri(request.Url) is var url
                && url.Scheme is not "data" and not "blob" and not "about"
                && url.Port != chromium.Host.Port
            )
                faults.Add($"{page.Url}: asked {request.Url}");
        };
        return faults;
    }
}
