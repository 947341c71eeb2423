using System.Text;
using System.Text.Json.Nodes;
using Community.Boards;
using Community.Mail.Tests.Server;
using Community.Mailing;
using Community.Members;
using Community.Tests.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Attacks;

/// <summary>
/// A host as in production (no developer pages, mail by a relay), with two sites whose rows have the same ids. Every text of site B
/// contains <see cref="Mark"/>: if it shows up outside B, something leaked. Shared by all attacks, which run one after another.
/// </summary>
public sealed class AttackHost : IAsyncLifetime
{
    public const string Mark = "zqmarkb";

    public TestHost Host { get; private set; } = null!;
    /// <summary>Every mail that was sent.</summary>
    public ScriptedSmtpServer Relay { get; } = new ScriptedSmtpServer().Start();
    public TestSite A { get; private set; } = null!;
    public TestSite B { get; private set; } = null!;
    public TestSite Console { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Host = await TestHost.Start(new() { ["environment"] = "Production", ["Community:Relay"] = $"smtp://127.0.0.1:{Relay.Port}" });
        A = await Make("mark-a", "marka");
        B = await Make("mark-b", Mark);
        Console = new TestSite(Host, (await Host.Services.GetRequiredService<SiteDirectory>().FindByKey(Site.OperatorKey, default))!);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Relay.DisposeAsync();
    }

    /// <summary>A site like A, for an attack that changes data.</summary>
    public Task<TestSite> Another() => Make($"mark-c{Interlocked.Increment(ref others)}", "marka");
    int others;

    /// <summary>Signs in; on site B the e-mail addresses contain the mark.</summary>
    public static Task<Person> SignIn(TestSite site, string key) =>
        Person.SignIn(site, key == "operator" ? "operator@localhost" : $"{key}@{Domain(site)}");

    public static string Domain(TestSite site) => site.Site.Key == "mark-b" ? Mark + ".example" : "example.com";

    async Task<TestSite> Make(string key, string mark)
    {
        var site = await Host.NewSite(recipe => Write(recipe, key, mark));
        await site.Db(db => Fill(db, mark));
        await site.With<Community.Kernel.Files, int>(async files =>
        {
            var kept = await files.Save(new MemoryStream(PictureBytes.Png(mark.Length, 8)), FilePurpose.Avatar, 5, default);
            await files.Save(new MemoryStream(PictureBytes.Png(mark.Length, 9)), FilePurpose.Post, 5, default);
            return await site.Db(async db =>
            {
                var anna = await db.Members.SingleAsync(m => m.Email!.StartsWith("anna@"));
                anna.Picture = kept.Url["/files/".Length..];
                var posted = await db.Files.SingleAsync(f => f.Purpose == FilePurpose.Post);
                db.Attachments.Add(
                    new()
                    {
                        Key = mark.PadRight(Attachment.KeyLength, 'a'),
                        OwnerId = anna.Id,
                        Hash = posted.Hash,
                        Name = mark + ".webp",
                        MediaType = posted.MediaType,
                        Bytes = posted.Bytes,
                        Width = posted.Width,
                        Height = posted.Height,
                    }
                );
                return await db.SaveChangesAsync();
            });
        });
        return site;
    }

    static void Write(JsonObject recipe, string key, string mark)
    {
        recipe["key"] = key;
        recipe["hosts"] = new JsonArray(key + ".example.test", "www." + key + ".example.test");
        recipe["mail"]!["from"] = $"hello@{key}.example.test";
        if (mark == Mark)
            foreach (var member in recipe["members"]!.AsArray())
                member!["email"] = member["email"]!.GetValue<string>().Replace("example.com", Mark + ".example");
        recipe["topics"] = JsonNode.Parse(
            """
            [
              { "board": "general", "title": "First", "by": "anna", "hoursAgo": 50, "text": "One **word**", "replies": [
                { "by": "carla", "hoursAgo": 40, "title": "Re", "text": "Two", "replies": [ { "by": "mod", "hoursAgo": 30, "text": "Three" } ] } ] },
              { "board": "inner", "title": "Second", "by": "carla", "hoursAgo": 20, "text": "Within" },
              { "board": "news", "title": "Third", "by": "admin", "hoursAgo": 10, "text": "From us", "pinned": true, "locked": true }
            ]
            """
        );
        MarkAll(recipe, mark);
        // What only site B has: a longer list, and keys of its own.
        if (mark != Mark)
            return;
        recipe["groups"]!
            .AsArray()
            .Add(JsonNode.Parse($$"""{ "key": "{{mark}}", "name": "{{mark}}", "description": "{{mark}}", "joining": "open" }"""));
        recipe["boards"]!
            .AsArray()
            .Add(
                JsonNode.Parse(
                    $$"""{ "key": "{{mark}}", "name": "{{mark}}", "kind": "interactive", "read": "everyone", "write": "members", "view": "tree" }"""
                )
            );
        recipe["topics"]!
            .AsArray()
            .Add(JsonNode.Parse($$"""{ "board": "{{mark}}", "title": "{{mark}}", "by": "anna", "hoursAgo": 5, "text": "{{mark}}" }"""));
    }

    static readonly string[] marked = ["name", "tagline", "description", "bio", "title", "text", "fromName"];

    static void MarkAll(JsonNode node, string mark)
    {
        if (node is JsonArray list) foreach (var item in list.OfType<JsonNode>()) MarkAll(item, mark);
        if (node is not JsonObject part) return;
        foreach (var (name, value) in part.ToList())
            if (marked.Contains(name) && value is JsonValue text && text.TryGetValue<string>(out var words))
                part[name] = words + " " + mark;
            else if (value is not null)
                MarkAll(value, mark);
    }

    /// <summary>Adds what recipes cannot: reports, traces, mailings in several states, e-mails, audit records.</summary>
    static async Task<int> Fill(SiteDb db, string mark)
    {
        var now = DateTime.UtcNow;
        var (ben, mod) = (await Id(db, "ben"), await Id(db, "mod"));
        var circle = await db.Groups.FirstAsync(g => g.Key == "circle");
        db.GroupMemberships.Add(
            new GroupMembership
            {
                GroupId = circle.Id,
                MemberId = ben,
                RequestedAt = now,
                Message = mark,
            }
        );
        db.Reports.Add(
            new Report
            {
                PostId = 2,
                ReporterId = ben,
                Reason = mark,
                At = now,
            }
        );
        db.PostVersions.Add(
            new PostVersion
            {
                PostId = 1,
                Title = mark,
                Text = mark,
                WrittenAt = now,
                ReplacedAt = now,
            }
        );
        db.ModerationLog.Add(
            new ModerationEntry
            {
                At = now,
                ActorId = mod,
                Act = ModerationAct.Lock,
                TopicId = 1,
                Reason = mark,
            }
        );
        db.Suppressions.Add(
            new Suppression
            {
                AddressHash = mark,
                Reason = SuppressionReason.Staff,
                At = now,
            }
        );
        db.SignIns.Add(
            new SignIn
            {
                MemberId = ben,
                At = now,
                Network = mark,
                Agent = mark,
            }
        );
        db.Audit.Add(
            new AuditRecord
            {
                At = now,
                ActorId = mod,
                Action = "members.open",
                SubjectId = ben,
                Purpose = mark,
            }
        );
        db.SystemMails.Add(
            new SystemMail
            {
                Kind = "members.confirm",
                To = mark + "@example.net",
                Subject = mark,
                Text = null,
                Culture = "en",
                State = SystemMailState.Sent,
                CreatedAt = now,
                DueAt = now,
            }
        );
        foreach (var state in new[] { MailingState.Draft, MailingState.Scheduled, MailingState.Paused })
            db.Mailings.Add(
                new Community.Mailing.Mailing
                {
                    FormKey = Guid.NewGuid(),
                    KindId = 1,
                    Title = $"{state} {mark}",
                    Contents = [new() { Subject = $"{state} {mark}", Text = $"{mark} {{{{member.name}}}}" }],
                    State = state,
                    StopText = mark,
                    Zone = "Etc/UTC",
                    LocalTime = "2099-01-01T08:00",
                    StartAt = new DateTime(2099, 1, 1, 0, 0, 0, DateTimeKind.Utc),
                    CreatedBy = mod,
                    CreatedAt = now,
                    Salt = [1],
                    Total = state == MailingState.Paused ? 1 : null,
                    StartedAt = state == MailingState.Paused ? now : null,
                }
            );
        await db.SaveChangesAsync();
        db.Deliveries.Add(
            new Delivery
            {
                MailingId = 3,
                Seq = 1,
                MemberId = ben,
                AddressHash = mark,
                State = DeliveryState.Ambiguous,
                DueAt = now,
                Answer = mark,
            }
        );
        return await db.SaveChangesAsync();
    }

    /// <summary>Waits until the site is idle: everything triggered by commits is done.</summary>
    public async Task RestOf(TestSite site)
    {
        await site.EventsRead();
        await TestSite.Until(
            async () =>
            {
                var due = await site.Db(db => db.Work.MinAsync(w => (DateTime?)w.DueAt)) ?? DateTime.MaxValue;
                // Counts of a day wait a minute: they are done now, or they would come between two looks. After five minutes of a session
                // its next request would write that it was seen.
                if (due < Host.Clock.Now + Moment && due >= Host.Clock.Now) Host.Clock.Advance(Moment);
                return due >= Host.Clock.Now + Moment
                    && !await site.Db(db =>
                        db.SystemMails.AnyAsync(l => l.State == SystemMailState.Waiting || l.State == SystemMailState.InFlight));
            },
            $"{site.Site.Key} rests"
        );
    }

    static readonly TimeSpan Moment = TimeSpan.FromSeconds(70);

    /// <summary>Every row of every table of the site, as text.</summary>
    public Task<string> Dump(TestSite site) =>
        site.Db(async db =>
        {
            var all = new StringBuilder();
            await db.Database.OpenConnectionAsync();
            foreach (
                var table in db
                    .Model.GetEntityTypes()
                    .Select(e => e.GetTableName())
                    .OfType<string>()
                    .Distinct()
                    .Order(StringComparer.Ordinal)
            )
            {
                await using var query = db.Database.GetDbConnection().CreateCommand();
                query.CommandText = $"SELECT * FROM {table}";
                await using var rows = await query.ExecuteReaderAsync();
                var lines = new List<string>();
                while (await rows.ReadAsync())
                    lines.Add(
                        string.Join(
                            '|',
                            Enumerable
                                .Range(0, rows.FieldCount)
                                .Select(i =>
                                    rows.GetValue(i) is byte[] bytes
                                        ? Convert.ToHexString(bytes)
                                        : Convert.ToString(rows.GetValue(i), System.Globalization.CultureInfo.InvariantCulture)
                                )
                        )
                    );
                all.Append("=== ").Append(table).Append('\n').AppendJoin('\n', lines.Order(StringComparer.Ordinal)).Append('\n');
            }
            return all.ToString();
        });

    public static Task<long> Id(SiteDb db, string key) =>
        db.Members.Where(m => m.Email!.StartsWith(key + "@")).Select(m => m.Id).SingleAsync();
}

[CollectionDefinition("attacks")]
public sealed class AttackCollection : ICollectionFixture<AttackHost>;
