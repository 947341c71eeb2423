using System.Collections.Concurrent;
using System.Net;
using Community.Boards;
using Community.Members;
using Community.Tests.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Crashes;

/// <summary>
/// Members who reply in one topic and newcomers who register, as fast as they can. They record what was confirmed to them; what was not
/// confirmed they resubmit with the same form, as a person would.
/// </summary>
sealed class Writers(TestSite site)
{
    const int Posters = 3, Newcomers = 1;

    readonly ConcurrentQueue<string> posts = new(), accounts = new();
    readonly ConcurrentQueue<Page> refusals = new();
    readonly CancellationTokenSource enough = new();
    volatile bool ending;
    Task all = Task.CompletedTask;

    public int Confirmed => posts.Count + accounts.Count;
    /// <summary>The responses to rejected requests.</summary>
    public IReadOnlyCollection<Page> Refusals => refusals;
    public int Unanswered;
    public string Topic { get; private set; } = "";

    public async Task Begin()
    {
        var anna = await site.SignIn("anna");
        Topic = await anna.Start("general", "A busy topic");
        var members = new List<Visitor>();
        for (var i = 0; i < Posters; i++)
            members.Add(await site.SignIn(i % 2 == 0 ? "anna" : "ben"));
        all = Task.WhenAll([
            .. members.Select((member, i) => Task.Run(() => Write(member, i))),
            .. Enumerable.Range(0, Newcomers).Select(i => Task.Run(() => Register(i))),
        ]);
    }

    /// <summary>Starts nothing new; requests already begun are repeated until they are confirmed.</summary>
    public async Task End()
    {
        ending = true;
        enough.CancelAfter(TestSite.Patience);
        await all;
    }

    async Task Write(Visitor member, int writer)
    {
        for (var i = 0; !ending; i++)
        {
            var text = $"Writer {writer}, post {i}";
            var form = await Until(
                async () => await member.Get($"{Topic}/reply?to=1"),
                page => page.Document.QuerySelector("textarea") is not null
            );
            await Until(() => member.Post(form, new() { ["title"] = "", ["text"] = text }), page => page.Location is not null);
            posts.Enqueue(text);
        }
    }

    async Task Register(int writer)
    {
        for (var i = 0; !ending; i++)
        {
            var (visitor, email) = (site.Visitor(), $"newcomer-{writer}-{i}@example.com");
            var form = await Until(() => visitor.Get("/register"), page => page.Document.QuerySelector("[name=Password]") is not null);
            await Until(
                () =>
                    visitor.Post(
                        form,
                        new()
                        {
                            ["Name"] = "Newcomer",
                            ["Email"] = email,
                            ["Password"] = "a violet bicycle rests",
                        }
                    ),
                page => page.Location is not null
            );
            accounts.Enqueue(email);
        }
    }

    async Task<Page> Until(Func<Task<Page>> send, Func<Page, bool> granted)
    {
        while (true)
        {
            try
            {
                var page = await send();
                if (granted(page)) return page;
                refusals.Enqueue(page);
            }
            // The server is down, or died during the request.
            catch (HttpRequestException) { Interlocked.Increment(ref Unanswered); }
            Assert.False(enough.IsCancellationRequested, $"In vain: {refusals.LastOrDefault()?.Status} {refusals.LastOrDefault()?.Text}");
            await Task.Delay(20);
        }
    }

    /// <summary>Everything confirmed exists exactly once; posts are numbered without gaps; counters and e-mails become correct.</summary>
    public async Task NothingIsLost(TestSite now)
    {
        var id = Conversation.Id(Topic);
        var rows = await now.Db(db =>
            db.Posts.Where(p => p.TopicId == id).OrderBy(p => p.Number).Select(p => new { p.Number, p.Text }).ToListAsync()
        );
        Assert.Equal(Enumerable.Range(1, rows.Count), rows.Select(r => r.Number));
        Assert.Equal(posts.Order(), rows.Skip(1).Select(r => r.Text).Order());
        var members = await now.Db(db => db.Members.Where(m => m.Email!.StartsWith("newcomer")).Select(m => m.Email!).ToListAsync());
        Assert.Equal(accounts.Order(), members.Order());
        await TestSite.Until(
            () => now.Db(db => db.Boards.AnyAsync(b => b.Key == "general" && b.PostCount == rows.Count)),
            "the board counts right"
        );
        await TestSite.Until(
            () =>
                now.Db(async db =>
                    await db.SystemMails.CountAsync() >= members.Count
                    && await db.SystemMails.AllAsync(l => l.State == SystemMailState.Sent)
                ),
            "every mail is sent"
        );
    }

    /// <summary>Every rejection was a page in the site's layout, with an explanation and a Retry-After.</summary>
    public void RefusedInWords()
    {
        foreach (var page in Refusals)
        {
            Assert.True(page.Status == HttpStatusCode.ServiceUnavailable, $"{page.Status}: {page.Text}");
            Assert.NotNull(page.Headers.RetryAfter);
            Assert.NotNull(page.Document.QuerySelector("main a.button[href='/']"));
            Assert.Contains("back in a moment", page.Text);
        }
    }
}
