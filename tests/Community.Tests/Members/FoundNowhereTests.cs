using System.Text;
using System.Text.Json.Nodes;
using Community.Boards;
using Community.Mailing;
using Community.Members;
using Community.Search;
using Community.Tests.Attacks;
using Community.Tests.Boards;
using Community.Tests.Files;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>
/// After an erasure the person is found nowhere. The test walks the model by itself: an unusual word is planted in every text of every
/// row that belongs to the member (whatever a module calls its personal data); then every table of the database, with its indexes, every
/// file of the site and every line of the log is searched for them. For a list of
/// which the member has no row, one is made from the model, so that a new module is searched for at once.
/// </summary>
public sealed class FoundNowhereTests
{
    const string Name = "Quirinia Zwölfpfennig", Email = "quirinia.zwoelfpfennig@example.com";

    /// <summary>Rows whose words are not the member's, each with the reason.</summary>
    static readonly Dictionary<Type, string> others = new()
    {
        [typeof(AuditRecord)] = "Holds ids, names of acts and keys of texts; what staff state as a purpose is theirs.",
        [typeof(ModerationEntry)] = "A moderator's words about a post of others, written for the site.",
        [typeof(StoredFile)] = "Hash, type and size; the file itself goes.",
        [typeof(ConsentEvent)] = "The site's own sentence beside the box.",
        [typeof(TermsAnswer)] = "Way, language and digest of the site's own text.",
    };

    /// <summary>Texts that the program chooses from a list of its own: a planted word would make the row unreadable.</summary>
    static readonly HashSet<string> chosen =
    [
        "Category",
        // The name of an author who is no member: empty in what a member has written.
        "GuestName", "LastGuestName",
        // Numbers that a post keeps.
        "Reactions", "ImportedReactions",
        "Language", "Culture", "Role", "Handle", "Picture", "SecurityStamp", "PasswordHash", "KeyHash", "Stamp", "Secret", "Way", "Outcome",
        "Consents", "Agreed", "AddressHash", "Digest", "Source", "MediaType", "Hash", "Path", "Failure", "Typed", "Enhanced", "Owner",
    ];

    [OnBothDatabases, Fact]
    public async Task After_an_erasure_no_table_no_file_and_no_line_of_the_log_holds_anything_that_was_planted()
    {
        await using var host = await TestHost.Start();
        var site = await host.NewSite(r =>
        {
            r["members"]![1]!["name"] = Name;
            r["members"]![1]!["email"] = Email;
            r["features"]!.AsArray().Add("Search");
            // Otherwise the words of posts stay, as those of a former member.
            r["settings"] = JsonNode.Parse("""{ "boards": { "erasedPosts": "erase" } }""");
        });
        var (ben, id) = await Live(site);
        var words = await Plant(site, id);
        // What is planted past the events, an index that is built anew has too.
        await site.Db(async db =>
        {
            await using var change = await db.Change();
            await BuildIndex.Begin(db, default);
            return await change.Commit();
        });
        await TestSite.Until(() => site.Db(db => db.SearchIndexes.AllAsync(i => i.BuiltAt != null)), "the index is built");
        // All planted words are found before, or the search would prove nothing.
        var before = await Everything(site);
        Assert.Equal([], words.Where(w => !before.Contains(w, StringComparison.OrdinalIgnoreCase)));
        Assert.Null(await site.With<EraseMember, string?>(e => e.Erase(id)));
        await site.EventsRead();
        await site.Rests();
        var after = await Everything(site);
        var left = words.Where(w => after.Contains(w, StringComparison.OrdinalIgnoreCase)).Select(w => w + " in " + Around(after, w));
        Assert.True(!left.Any(), string.Join("\n\n", left));
        foreach (var (file, text) in Files(host, site))
            foreach (var word in words) Assert.False(text.Contains(word, StringComparison.OrdinalIgnoreCase), $"{word} is in {file}");
        foreach (var line in host.Log.Lines)
            Assert.False(words.Any(w => line.Contains(w, StringComparison.OrdinalIgnoreCase)), line);
    }

    static string Around(string text, string word)
    {
        var at = text.IndexOf(word, StringComparison.OrdinalIgnoreCase);
        return text[Math.Max(0, at - 300)..Math.Min(text.Length, at + 100)];
    }

    /// <summary>A member with at least one row in every list of every module.</summary>
    static async Task<(Visitor Ben, long Id)> Live(TestSite site)
    {
        await TermsTests.Publish(site, TermsKind.Terms, TermsTests.Fields("Rules"));
        var (ben, anna) = (await site.SignInAs(Email), await site.SignIn("anna"));
        foreach (var member in new[] { ben, anna })
            await member.Submit(
                "/agree",
                new() { ["AgreeTerms"] = (await member.Get("/agree")).Document.QuerySelector("#AgreeTerms")!.GetAttribute("value")! }
            );
        var topic = await ben.Start("general", "Mugs", "Which one?");
        await anna.Reply(
            topic,
            (await anna.Get(topic + "/reply?to=1&quote=true")).Document.QuerySelector("textarea")!.TextContent + "\nBlue"
        );
        await ben.Reply(topic, "Thanks", to: 2);
        await ben.Submit($"{topic}/posts/3/edit", new() { ["text"] = "Thanks again" });
        await ben.Submit($"{topic}/posts/2/report", new() { ["reason"] = "Too blue" });
        await ben.Get(topic);
        await ben.Submit("/boards/general", [], "form[action$='/read']");
        await MemberPictureTests.Post(ben, PictureBytes.Png(40, 40));
        await ben.Submit("/groups/circle", new() { ["message"] = "Let me in" }, "form[action$='/join']");
        await ben.Submit("/account/data", new() { ["Message"] = "Correct my name" });
        await site.Visitor().Submit("/forgotten-password", new() { ["Email"] = Email });
        await site.Visitor().Submit("/sign-in", new() { ["Email"] = Email, ["Password"] = "wrong" });
        await ben.Submit("/account/data", [], "form:has([name=_handler][value=archive])");
        await TestSite.Until(() => site.Db(db => db.Archives.AnyAsync(a => a.State == ArchiveState.Ready)), "the copy is made");
        await (await site.SignIn("admin")).Get("/staff/members");
        var id = await site.Db(db => db.Members.Where(m => m.Email == Email).Select(m => m.Id).SingleAsync());
        await site.Db(async db =>
        {
            var now = site.Host.Clock.Now;
            var group = await db.Groups.Where(g => g.Key == "circle").Select(g => g.Id).SingleAsync();
            db.GroupRequests.Add(
                new()
                {
                    GroupId = group,
                    MemberId = id,
                    RequestedAt = now,
                }
            );
            db.Suspensions.Add(
                new()
                {
                    MemberId = id,
                    Reason = "Rude",
                    At = now,
                    LiftedAt = now,
                }
            );
            db.PendingRegistrations.Add(
                new()
                {
                    MemberId = id,
                    Name = Name,
                    PasswordHash = "x",
                    At = now,
                }
            );
            db.ModerationLog.Add(
                new()
                {
                    ActorId = id,
                    At = now,
                    TopicId = Conversation.Id(topic),
                    Act = ModerationAct.Pin,
                    Reason = "Rude",
                }
            );
            db.Mailings.Add(
                new() { FormKey = Guid.NewGuid(), KindId = 1, Title = "News", CreatedBy = 1, State = MailingState.Finished }
            );
            await db.SaveChangesAsync();
            var delivery = new Delivery
            {
                MailingId = await db.Mailings.Select(m => m.Id).SingleAsync(),
                Seq = 1,
                MemberId = id,
                AddressHash = "hash",
                DueAt = now,
                State = DeliveryState.Rejected,
                Answer = "550",
            };
            db.Deliveries.Add(delivery);
            await db.SaveChangesAsync();
            db.DeliveryAttempts.Add(
                new() { DeliveryId = delivery.Id, At = now, Server = "one", Status = "Rejected", Phase = "Rcpt", Text = $"550 <{Email}>" }
            );
            return await db.SaveChangesAsync();
        });
        return (ben, id);
    }

    /// <summary>Plants a word in each text of each of the member's rows; returns all that identifies the member.</summary>
    static Task<List<string>> Plant(TestSite site, long id) =>
        site.Db(async db =>
        {
            var handle = await db.Members.Where(m => m.Id == id).Select(m => m.Handle).SingleAsync();
            var words = new List<string> { "Zwölfpfennig", "zwoelfpfennig", handle };
            var without = new List<string>();
            foreach (
                var data in db.Modules.All.SelectMany(m => m.PersonalData).Where(d => d.Name is not null && !others.ContainsKey(d.Entity))
            )
            {
                var type = db.Model.FindEntityType(data.Entity)!;
                var table = type.GetTableName()!;
                var member = type.FindProperty(data.Column)!.GetColumnName();
                var columns = type.GetProperties()
                    .Where(p =>
                        p.ClrType == typeof(string) && !chosen.Contains(p.Name) && !p.IsPrimaryKey() && (p.GetMaxLength() ?? 99) >= 80
                    )
                    .ToList();
                if (!await ((IQueryable<object>)typeof(DbContext).GetMethod(nameof(DbContext.Set), [])!.MakeGenericMethod(data.Entity)
                    .Invoke(db, null)!).AnyAsync(r => EF.Property<long?>(r, data.Column) == id))
                    await RowsOfModel.Make(db, type, data.Column, id, site.Host.Clock.Now);
                var rows = 0;
#pragma warning disable EF1002 // Names of the model.
                foreach (var column in columns)
                {
                    var word = $"zq{words.Count}vx{column.Name.ToLowerInvariant()}";
                    // Added to what is there; the address stays one, and unique texts stay unique.
                    var value = column.Name is "Email" or "NormalizedEmail" or "UserName" or "NormalizedUserName" or "To"
                        ? $"'{word}@example.com'"
                        : $"coalesce(\"{column.GetColumnName()}\", '') || ' {word} {Name}'";
                    rows = await db.Database.ExecuteSqlRawAsync(
                        $"UPDATE {table} SET \"{column.GetColumnName()}\" = {value} WHERE {member} = {{0}}",
                        id
                    );
                    if (rows > 0)
                        words.Add(word);
                }
                if (columns.Count == 0)
                    rows = await db
                        .Database.SqlQueryRaw<int>($"SELECT count(*) AS \"Value\" FROM {table} WHERE {member} = {{0}}", id)
                        .SingleAsync();
#pragma warning restore EF1002
                if (rows == 0)
                    without.Add(data.Entity.Name);
            }
            Assert.Equal([], without);
            return words;
        });

    /// <summary>
    /// Every row of every table of the database, also of those that the model does not know, and the names of its indexes.
    /// </summary>
    static Task<string> Everything(TestSite site) =>
        site.Db(async db =>
        {
            var all = new StringBuilder();
            var connection = db.Database.GetDbConnection();
            await db.Database.OpenConnectionAsync();
            var tables = new List<string>();
            await using (var list = connection.CreateCommand())
            {
                list.CommandText = db.IsSqlite
                    ? "SELECT name FROM sqlite_master WHERE type = 'table'"
                    : "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
                await using var names = await list.ExecuteReaderAsync();
                while (await names.ReadAsync())
                    tables.Add(names.GetString(0));
            }
            Assert.True(tables.Count > 30);
            foreach (var table in tables)
            {
                await using var rows = connection.CreateCommand();
                rows.CommandText = $"SELECT * FROM \"{table}\"";
                await using var reader = await rows.ExecuteReaderAsync();
                while (await reader.ReadAsync())
                    for (var i = 0; i < reader.FieldCount; i++)
                        all.Append(
                                reader.IsDBNull(i) ? ""
                                : reader.GetValue(i) is byte[] bytes ? Encoding.Latin1.GetString(bytes)
                                : reader.GetValue(i).ToString()
                            )
                            .Append('\n');
            }
            return all.ToString();
        });

    /// <summary>The files of the site but its database, whose rows are searched above.</summary>
    static IEnumerable<(string File, string Text)> Files(TestHost host, TestSite site)
    {
        var folder = Path.Combine(host.Data, "Sites", site.Site.Key);
        if (!Directory.Exists(folder)) yield break;
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(file).StartsWith("site.db", StringComparison.Ordinal)) continue;
            yield return (file, file + "\n" + Encoding.UTF8.GetString(File.ReadAllBytes(file)));
        }
        Assert.False(
            Directory.Exists(Path.Combine(folder, "archives"))
                && Directory.EnumerateFileSystemEntries(Path.Combine(folder, "archives")).Any()
        );
    }
}
