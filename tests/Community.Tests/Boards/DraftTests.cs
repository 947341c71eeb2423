using System.IO.Compression;
using System.Net;
using System.Text.Json;
using Community.Boards;
using Community.Members;
using Community.Tests.House;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Boards;

/// <summary>The verbs of members about what they write.</summary>
public sealed class WritingActs : ActsOfModule
{
    public override IEnumerable<(string Name, string Holder, Func<Call, Task> Do)> Acts =>
    [
        ("SaveDraft.Save", "anna",
            c => c.Get<SaveDraft>().Save(c.Actor, new(DraftKind.Topic, "general"), new(null, "T", "x", null), default)),
        ("SaveDraft.Discard", "anna", c => c.Get<SaveDraft>().Discard(c.Actor, 1, default)),
    ];
}

/// <summary>What is not published yet is kept on the server: for its writer alone, on every device, until it is published.</summary>
public sealed class DraftTests(TestHost host)
{
    [Fact]
    public async Task Drafts_are_found_from_every_page()
    {
        var anna = await (await host.NewSite()).SignIn("anna");
        foreach (var url in new[] { "/", "/account", "/boards/general" })
            Assert.NotNull((await anna.Get(url)).Document.QuerySelector(".account-menu a[href='/drafts']"));
        Assert.Equal("page", (await anna.Get("/drafts")).Document.QuerySelector(".tabs a[href='/drafts']")!.GetAttribute("aria-current"));
    }

    /// <summary>What the script of the writing pages sends.</summary>
    static async Task<(HttpStatusCode Status, JsonElement Answer)> Save(
        Visitor member, Page form, string place, string title, string text, string? draft = null, string? key = null)
    {
        var guard = form.Document.QuerySelector("form input[name^='__']")!;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/drafts")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                [guard.GetAttribute("name")!] = guard.GetAttribute("value")!,
                ["place"] = place,
                ["draft"] = draft ?? "",
                ["key"] = key ?? Value(form, "key"),
                ["title"] = title,
                ["text"] = text,
            }),
        };
        var page = await member.Send(request);
        return (page.Status, page.Html.StartsWith('{') ? JsonDocument.Parse(page.Html).RootElement : default);
    }

    static string Value(Page page, string field) => page.Document.QuerySelector($"main input[name={field}]")!.GetAttribute("value") ?? "";
    static string Text(Page page) => page.Document.QuerySelector("textarea[name=text]")!.TextContent.TrimStart('\n');
    static string? Of(JsonElement answer, string name) => answer.GetProperty(name).GetString();
    static Task<List<Draft>> Kept(TestSite site) => site.Db(db => db.Drafts.AsNoTracking().OrderBy(d => d.Id).ToListAsync());

    [OnBothDatabases, Fact]
    public async Task A_draft_is_continued_on_another_device_published_once_and_gone_with_it()
    {
        var site = await host.NewSite();
        var (computer, telephone) = (await site.SignIn("anna"), await site.SignIn("anna"));
        var saved = await computer.Submit("/boards/general/new", new() { ["title"] = "Tents", ["text"] = "Which", ["save"] = "true" });
        Assert.Contains("saved", saved.Document.QuerySelector(".notice[role=status]")!.TextContent);
        Assert.Equal("Which", Text(saved));
        // Nothing is refused yet, and nothing lost: not even what is no title, or only spaces around words.
        var opened = await telephone.Get("/boards/general/new");
        Assert.Equal(("Tents", "Which"), (Value(opened, "title"), Text(opened)));
        Assert.Equal(Value(saved, "key"), Value(opened, "key"));
        var (_, answer) = await Save(telephone, opened, "topic:general", "Tents", "Which one? ", Value(opened, "draft"));
        Assert.EndsWith(".2", Of(answer, "draft"));
        var there = await computer.Get("/boards/general/new");
        Assert.Equal("Which one? ", Text(there));
        // Sent from both, several times, with a broken line in between: one post.
        var sent = await Task.WhenAll(
            new[] { telephone, computer, telephone, computer }
                .Select(d => d.Post(d == computer ? there : opened, new() { ["title"] = "Tents", ["text"] = "Which one?" })));
        Assert.Single(sent.Select(s => s.Location?.AbsolutePath).Distinct());
        Assert.Equal(1, await site.Db(db => db.Posts.CountAsync()));
        Assert.Empty(await Kept(site));
        Assert.Equal("", Text(await computer.Get("/boards/general/new")));
        // The script's last save arrives after the post: it brings nothing back.
        (_, answer) = await Save(telephone, opened, "topic:general", "Tents", "Which one?", "1.2");
        Assert.Equal(sent[0].Location!.AbsolutePath + "/posts/1", Of(answer, "other"));
        Assert.Empty(await Kept(site));
    }

    [OnBothDatabases, Fact]
    public async Task A_telephone_that_was_offline_does_not_overwrite_what_was_written_since()
    {
        var site = await host.NewSite();
        var (computer, telephone) = (await site.SignIn("anna"), await site.SignIn("anna"));
        var first = await computer.Submit("/boards/general/new", new() { ["title"] = "T", ["text"] = "Yesterday", ["save"] = "true" });
        var old = await telephone.Get("/boards/general/new");
        await computer.Submit(first, new() { ["title"] = "T", ["text"] = "Today", ["save"] = "true" });
        // Both are kept, whoever comes last, and it is said.
        var (_, answer) = await Save(telephone, old, "topic:general", "T", "Yesterday, longer", Value(old, "draft"));
        Assert.Equal(["Today", "Yesterday, longer"], (await Kept(site)).Select(d => d.Text));
        var other = Of(answer, "other")!;
        Assert.Equal("Today", (await telephone.Get(other)).Document.QuerySelector("textarea")!.TextContent.Trim());
        // From now on the telephone writes on in its own, under a key of its own.
        (_, answer) = await Save(telephone, old, "topic:general", "T", "Yesterday, still longer", Of(answer, "draft"), Of(answer, "key"));
        Assert.Equal(["Today", "Yesterday, still longer"], (await Kept(site)).Select(d => d.Text));
        Assert.Null(Of(answer, "other"));
        var form = await computer.Get("/boards/general/new");
        Assert.Contains("/drafts/", form.Document.QuerySelector(".draft li a")!.GetAttribute("href"));
        // Publishing one leaves the other.
        await computer.Submit(form, new() { ["text"] = Text(form) });
        Assert.Equal("Today", Assert.Single(await Kept(site)).Text);
        // Without script: the button says it too, and the page shows the other.
        var third = await computer.Get("/boards/general/new");
        await computer.Submit(third, new() { ["text"] = "Today and tonight", ["save"] = "true" });
        var told = await computer.Submit(third, new() { ["text"] = "Tomorrow", ["save"] = "true" });
        Assert.Contains("Both are kept", told.Document.QuerySelector(".notice")!.TextContent);
        Assert.Equal("Tomorrow", Text(told));
        Assert.Equal(["Today and tonight", "Tomorrow"], (await Kept(site)).Select(d => d.Text));
        // The same words sent twice, or saved at the same moment, are one draft.
        var fresh = await telephone.Get("/boards/lounge/new");
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Save(telephone, fresh, "topic:lounge", "", "At once")));
        Assert.Equal(1, await site.Db(db => db.Drafts.CountAsync(d => d.Text == "At once")));
    }

    [OnBothDatabases, Fact]
    public async Task A_draft_saved_while_it_is_published_is_not_left_behind()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Race");
        var form = await anna.Submit($"{topic}/reply?to=1", new() { ["text"] = "Words", ["save"] = "true" });
        var acts = new List<Task>();
        for (var i = 0; i < 3; i++)
        {
            acts.Add(Save(anna, form, $"reply:general:{Conversation.Id(topic)}:1", "", "Words", Value(form, "draft")));
            acts.Add(anna.Post(form, new() { ["text"] = "Words" }));
        }
        await Task.WhenAll(acts);
        Assert.Equal((2, 0), (await site.Db(db => db.Posts.CountAsync()), (await Kept(site)).Count));
    }

    [Fact]
    public async Task A_reply_becomes_a_topic_and_a_reply_again_and_cancelling_loses_nothing()
    {
        var site = await host.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var topic = await anna.Start("general", "Where to");
        await anna.Reply(topic, "Somewhere");
        var asTopic = await ben.Submit($"{topic}/reply?to=2", new() { ["text"] = "Long words", ["save"] = "topic" });
        Assert.Equal(("/boards/general/new", "Long words"), (asTopic.Url.AbsolutePath, Text(asTopic)));
        var saved = await ben.Submit(asTopic, new() { ["title"] = "My own", ["text"] = "Longer words", ["save"] = "true" });
        Assert.Equal((DraftKind.Topic, "Longer words"), (Assert.Single(await Kept(site)).Kind, Text(saved)));
        var back = await ben.Get(saved.Document.QuerySelector("a[href*='/reply?to=2']")!.GetAttribute("href")!);
        Assert.Equal("Longer words", Text(back));
        back = await ben.Submit(back, new() { ["text"] = "Longest words", ["save"] = "true" });
        Assert.Equal((DraftKind.Reply, "Longest words"), (Assert.Single(await Kept(site)).Kind, Text(back)));
        // Cancelled, the draft stays: the form below the topic has it, and the list.
        var below = await ben.Get(topic);
        Assert.Equal("Longest words", Text(below));
        Assert.EndsWith("/reply?to=2", below.Document.QuerySelector(".reply-form form")!.GetAttribute("action"));
        var list = await ben.Get("/drafts");
        var up = list.Document.QuerySelector(".breadcrumbs a")!;
        Assert.Equal(("/boards", "Boards"), (up.GetAttribute("href"), up.TextContent));
        Assert.Contains("Reply to Anna in “Where to”", list.Text);
        // A quotation is added to the draft, and does not replace it.
        var quoted = Text(await ben.Get($"{topic}/reply?to=2&quote=true")).ReplaceLineEndings("\n");
        Assert.StartsWith("Longest words\n\n**Anna** wrote", quoted);
        await ben.Submit(below, new() { ["text"] = "Longest words" }, ".reply-form form");
        Assert.Equal(2, await site.Db(db => db.Posts.Where(p => p.Text == "Longest words").Select(p => p.ParentNumber).SingleAsync()));
        Assert.Empty(await Kept(site));
        Assert.Contains("no drafts", (await ben.Get("/drafts")).Text);
    }

    [Fact]
    public async Task The_draft_of_an_edit_names_the_version_that_it_grew_from()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var topic = await anna.Start("general", "Edited", "One");
        var edit = await anna.Submit($"{topic}/posts/1/edit", new() { ["text"] = "One and a half", ["save"] = "true" });
        Assert.Equal("One and a half", Text(edit));
        Assert.Equal("One", (await anna.Get(topic)).Document.QuerySelector("#p1 .post-text")!.TextContent.Trim());
        // Meanwhile the post is edited elsewhere.
        await anna.Submit(await anna.Get($"{topic}/posts/1/edit?draft=0"), new() { ["text"] = "Two" });
        var again = await anna.Get($"{topic}/posts/1/edit");
        Assert.Equal(("One and a half", "Two"), (Text(again), again.Document.QuerySelector("main article .post-text")!.TextContent.Trim()));
        var told = await anna.Submit(again, new() { ["text"] = "One and a half" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, told.Status);
        await anna.Submit(told, new() { ["text"] = "Two and a half" });
        Assert.Equal("Two and a half", await site.Db(db => db.Posts.Select(p => p.Text).SingleAsync()));
        Assert.Empty(await Kept(site));
        // What the post says already is no draft of it.
        var same = await anna.Get($"{topic}/posts/1/edit");
        await Save(anna, same, $"edit:general:{Conversation.Id(topic)}:1", "Edited", "Two and a half");
        Assert.Empty(await Kept(site));
    }

    [Fact]
    public async Task Nobody_else_sees_a_draft_and_its_writer_no_place_that_they_may_not_read()
    {
        var site = await host.NewSite();
        var (anna, ben, mod) = (await site.SignIn("anna"), await site.SignIn("ben"), await site.SignIn("mod"));
        var topic = await anna.Start("general", "A secret title");
        var form = await ben.Submit($"{topic}/reply?to=1", new() { ["text"] = "Private words", ["save"] = "true" });
        var id = (await Kept(site)).Single().Id;
        foreach (var other in new[] { anna, mod })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await other.Get($"/drafts/{id}")).Status);
            Assert.DoesNotContain("Private", (await other.Get($"{topic}/reply?to=1&draft={id}")).Html);
            Assert.DoesNotContain("Private", (await other.Get($"/boards/general/new?draft={id}")).Html);
            await Save(other, await other.Get("/boards/general/new"), "topic:general", "", "Stolen", $"{id}.1");
            await site.With((SaveDraft save) => Discarded(save, other == anna ? "anna" : "mod"));
        }
        Assert.Equal("Private words", (await Kept(site)).Single(d => d.Id == id).Text);
        Assert.Equal("/sign-in", (await site.Visitor().Get("/drafts")).Url.AbsolutePath);
        // The topic is hidden: the words stay the writer's, and can be carried to another place.
        await site.Db(db => db.Topics.ExecuteUpdateAsync(s => s.SetProperty(t => t.HiddenAt, site.Host.Clock.Now)));
        foreach (var page in new[] { await ben.Get("/drafts"), await ben.Get($"/drafts/{id}") })
        {
            Assert.Contains("Private words", page.Html);
            Assert.DoesNotContain("secret", page.Html);
        }
        var place = $"reply:general:{Conversation.Id(topic)}:1";
        Assert.Equal(HttpStatusCode.OK, (await Save(ben, form, place, "", "More words", $"{id}.1")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Save(ben, form, place, "", "New words")).Status);
        var carried = await ben.Submit($"/drafts/{id}", new() { ["board"] = "general" });
        Assert.Equal(("/boards/general/new", "More words"), (carried.Url.AbsolutePath, Text(carried)));
        await ben.Submit(await ben.Get($"/drafts/{id}"), [], $"form[action='/drafts/{id}/discard']");
        Assert.DoesNotContain(await Kept(site), d => d.Id == id);

        async Task<int> Discarded(SaveDraft save, string who)
        {
            await save.Discard(await site.Reader(who), id, default);
            return 0;
        }
    }

    [Fact]
    public async Task A_draft_has_bounds_and_says_so()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        var form = await anna.Get("/boards/general/new");
        var (status, answer) = await Save(anna, form, "topic:general", "", new string('x', Draft.MaxTextLength + 1));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("120,000", Of(answer, "refused"));
        // Longer than a post may be, it is kept while it is shortened.
        Assert.Equal(HttpStatusCode.OK, (await Save(anna, form, "topic:general", "", new string('x', PostText.MaxTextLength + 1))).Status);
        string[] nonsense = ["", "topic", "topic:nowhere", "reply:general:x:1", "reply:general:999:1", "edit:general:1:1", "a:b:c:d"];
        foreach (var wrong in nonsense)
            Assert.NotEqual(HttpStatusCode.OK, (await Save(anna, form, wrong, "", "x")).Status);
        var id = (await site.Reader("anna")).Id!.Value;
        await site.Db(async db =>
        {
            for (var i = 1; i < Draft.Max; i++)
                db.Drafts.Add(new() { MemberId = id, Text = $"Draft {i}", Version = 1, At = site.Host.Clock.Now });
            return await db.SaveChangesAsync();
        });
        var full = await anna.Submit("/boards/lounge/new", new() { ["title"] = "Kept", ["text"] = "One more", ["save"] = "true" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, full.Status);
        Assert.Contains("100 drafts", full.Document.QuerySelector(".error-summary")!.TextContent);
        Assert.Equal("One more", Text(full));
        Assert.Equal(Draft.Max, (await anna.Get("/drafts")).Document.QuerySelectorAll(".drafts > li").Length);
        // Nothing typed is nothing kept; all words taken away end the draft.
        (_, answer) = await Save(anna, form, "topic:lounge", " ", "\n");
        Assert.Null(Of(answer, "draft"));
    }

    [OnBothDatabases, Fact]
    public async Task Drafts_keep_their_files_are_the_members_data_and_go_after_their_time()
    {
        await using var own = await TestHost.Start();
        var site = await own.NewSite();
        var (anna, ben) = (await site.SignIn("anna"), await site.SignIn("ben"));
        var (_, file) = await AttachmentTests.Upload(anna, "a.png", Files.PictureBytes.Png(30, 30));
        var topic = await ben.Start("general", "Quoted");
        var picture = file.GetProperty("markdown").GetString()!;
        await anna.Submit("/boards/general/new", new() { ["title"] = "Mine", ["text"] = picture, ["save"] = "true" });
        await ben.Submit($"{await anna.Start("lounge", "Of Anna", "Hello")}/reply?to=1&quote=true", new() { ["save"] = "true" });
        Assert.Equal(1, await site.Db(db => db.Attachments.InUse(db).CountAsync()));
        var id = (await site.Reader("anna")).Id!.Value;
        using (var memory = new MemoryStream())
        {
            await site.With<ExportMember, bool>(e => e.Write(id, masked: false, memory, default));
            using var copy = new ZipArchive(memory);
            using var data = new StreamReader(copy.GetEntry("data.json")!.Open());
            Assert.Contains("\"Mine\"", await data.ReadToEndAsync());
        }
        var admin = await site.Reader("admin");
        var benId = (await site.Reader("ben")).Id!.Value;
        var merge = await site.With((MergeMembers m) => m.Merge(admin, benId, id, new HashSet<string>(), default));
        Assert.Equal(2, await site.Db(db => db.Drafts.CountAsync(d => d.MemberId == benId)));
        await site.With((MergeMembers m) => m.Undo(admin, merge, default));
        Assert.Contains("**Anna**", await site.Db(db => db.Drafts.Where(d => d.MemberId == benId).Select(d => d.Text).SingleAsync()));
        Assert.Null(await site.With<EraseMember, string?>(e => e.Erase(id)));
        // Her drafts are gone; what the program wrote of her into his names her no more.
        Assert.DoesNotContain("Anna", Assert.Single(await Kept(site)).Text);
        await Forget(site);
        Assert.Single(await Kept(site));
        own.Clock.Advance(TimeSpan.FromDays(181));
        await Forget(site);
        Assert.Empty(await Kept(site));

        static Task Forget(TestSite site) => site.With<IServiceProvider, int>(async s =>
        {
            await ActivatorUtilities.CreateInstance<ForgetDrafts>(s).Handle(new Tick(), default);
            return 0;
        });
    }
}
