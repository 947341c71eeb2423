using System.Net;
using System.Text;
using Community.Boards;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Boards;

/// <summary>A post deleted for good is in no table and in no file, and the tree is as it was.</summary>
[OnBothDatabases]
public sealed class DeleteForGoodTests(TestHost host)
{
    const string Word = "zqsecretword", Title = "Zqtitleword of it";

    /// <summary>Every text and every run of bytes in every table of the site.</summary>
    static Task<string> Everything(TestSite site) => site.Db(async db =>
    {
        var all = new StringBuilder();
        var tables = db.Model.GetEntityTypes().Select(t => t.GetTableName()).OfType<string>().Distinct().ToList();
        await db.Database.OpenConnectionAsync();
        foreach (var table in tables)
        {
            await using var command = db.Database.GetDbConnection().CreateCommand();
            command.CommandText = $"SELECT * FROM \"{table}\"";
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync())
                for (var i = 0; i < rows.FieldCount; i++)
                    if (!rows.IsDBNull(i))
                        all.Append(table).Append(' ')
                            .AppendLine(rows.GetValue(i) is byte[] bytes ? Encoding.UTF8.GetString(bytes) : $"{rows.GetValue(i)}");
        }
        return all.ToString();
    });

    [Fact]
    public async Task Its_words_are_in_no_table_and_its_file_is_gone_and_the_tree_and_the_answers_are_as_before()
    {
        var site = await host.NewSite();
        var (ben, anna, mod, admin) =
            (await site.SignIn("ben"), await site.SignIn("anna"), await site.SignIn("mod"), await site.SignIn("admin"));
        var topic = await ben.Start("general", Title, $"{Word} one, with @Anna");
        await anna.Reply(topic, "An answer");
        await ben.Reply(topic, $"{Word} below it", to: 2, title: Word);
        await anna.Reply(topic, "At the end", to: 3);
        await ben.Submit(topic + "/posts/3/edit", new() { ["text"] = $"{Word} edited", ["title"] = Word });
        await site.Db(async db =>
        {
            var post = await db.Posts.SingleAsync(p => p.Number == 3);
            db.Attachments.Add(new Attachment
            {
                Key = "k".PadRight(Attachment.KeyLength, 'x'),
                Hash = new string('a', 64),
                Name = Word + ".png",
                MediaType = "image/png",
                PostId = post.Id,
                OwnerId = post.AuthorId,
                At = db.Now,
            });
            return await db.SaveChangesAsync();
        });
        await site.EventsRead();
        Assert.Contains(Word, await Everything(site));
        var paths = await site.Db(db => db.Posts.OrderBy(p => p.Number).Select(p => $"{p.Number} {p.ParentNumber} {p.Path}").ToListAsync());
        // A moderator without the permission has no way to it, and the reason does not keep what is deleted.
        Assert.NotEqual(HttpStatusCode.OK, (await mod.Get(topic + "/posts/3/erase")).Status);
        Assert.DoesNotContain("/erase", (await mod.Get(topic)).Html);
        var form = await admin.Get(topic + "/posts/3/erase");
        foreach (var (reason, sure) in new[] { ("", "yes"), ("Private", ""), ($"It says {Word} edited", "yes") })
        {
            var refused = await admin.Submit(form, new() { ["reason"] = reason, ["sure"] = sure }, "form:has([name=reason])");
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        }
        foreach (var number in new[] { 3, 1 })
            await admin.Submit(
                $"{topic}/posts/{number}/erase", new() { ["reason"] = "Private", ["sure"] = "yes" }, "form:has([name=reason])");
        await site.EventsRead();
        await site.Rests();
        var after = await Everything(site);
        foreach (var word in new[] { Word, "Zqtitleword" })
            Assert.DoesNotContain(after.Split('\n'), line => line.Contains(word, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(0, await site.Db(db => db.Attachments.CountAsync()));
        Assert.Equal(paths, await site.Db(db =>
            db.Posts.OrderBy(p => p.Number).Select(p => $"{p.Number} {p.ParentNumber} {p.Path}").ToListAsync()));
        var read = await anna.Get(topic);
        Assert.Equal([1, 2, 3, 4], read.Numbers());
        Assert.Contains("An answer", read.Text);
        Assert.Contains("At the end", read.Text);
        var log = (await mod.Get("/staff/boards/moderation")).Text;
        Assert.Contains("deleted a post for good", log);
        Assert.Contains("Reason: Private", log);
        Assert.Equal([], await site.With((CheckBoards c) => c.Problems(default).ToListAsync().AsTask()));
        // What an author deleted is deleted for good, too, and a topic of nothing is not shown.
        var own = await ben.Start("general", "Only this", Word);
        await ben.Submit(own + "/posts/1/delete", [], "main form[method=post]");
        await admin.Submit(own + "/posts/1/erase", new() { ["reason"] = "Private", ["sure"] = "yes" }, "form:has([name=reason])");
        await site.EventsRead();
        Assert.DoesNotContain(Word, await Everything(site));
        Assert.DoesNotContain("deleted topic", (await anna.Get("/boards/general?view=topics")).Document.QuerySelectorAll(".topic-list li")
            .Skip(1).Select(l => l.TextContent).FirstOrDefault() ?? "");
    }

    [Fact]
    public async Task The_title_is_gone_too_of_a_topic_that_was_merged_or_from_which_another_was_split()
    {
        var site = await host.NewSite();
        var (ben, anna, admin) = (await site.SignIn("ben"), await site.SignIn("anna"), await site.SignIn("admin"));
        var moderator = await site.Reader("admin");
        var open = Conversation.Id(await anna.Start("general", "Open"));
        var merged = Conversation.Id(await ben.Start("general", Title));
        var place = (await site.With((MergeTopics m) => m.Of(moderator, open, merged, default)))!;
        // Names that only begin like them, and an arrow in one of them, take no part.
        var left = await ben.Start("general", Title + " → and more");
        await anna.Reply(left, "Something else");
        await site.With((SplitTopic s) => s.Branch(moderator, Conversation.Id(left), 2, "Else", default));
        var other = await anna.Start("general", "Opener");
        await ben.Reply(other, "Another thing");
        await site.With((SplitTopic s) => s.Branch(moderator, Conversation.Id(other), 2, "Kept", default));
        var log = (await admin.Get("/staff/boards/moderation")).Text;
        Assert.Contains($"{Title} → Open", log);
        Assert.Contains($"{Title} → and more → Else", log);
        foreach (var post in new[] { place.Url, left + "/posts/1" })
            await admin.Submit(post + "/erase", new() { ["reason"] = "Private", ["sure"] = "yes" }, "form:has([name=reason])");
        await site.EventsRead();
        await site.Rests();
        Assert.DoesNotContain(
            (await Everything(site)).Split('\n'), line => line.Contains("Zqtitleword", StringComparison.OrdinalIgnoreCase));
        Assert.Contains("Opener → Kept", (await admin.Get("/staff/boards/moderation")).Text);
        Assert.Equal([], await site.With((CheckBoards c) => c.Problems(default).ToListAsync().AsTask()));
    }
}
