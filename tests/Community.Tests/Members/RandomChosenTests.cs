using System.Text.Json;
using Community.Boards;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>Random trees of conditions find in the database exactly those whom a naive evaluation in memory finds.</summary>
[OnBothDatabases]
public sealed class RandomChosenTests(TestHost host)
{
    const int Trees = 150;

    /// <summary>A member with everything that the conditions ask, loaded once.</summary>
    sealed record Row(Member Member, HashSet<long> Groups, HashSet<long> Tags, List<(long Kind, bool Granted, DateTime Since)> Consents,
        HashSet<long> List, List<DateTime> Posts, List<AttributeValue> Values);

    [Fact]
    public async Task Random_trees_mean_the_same_in_the_database_and_in_memory()
    {
        var site = await host.NewSite();
        var seed = Seeds.Next();
        var random = new Random(seed);
        await Fill(site, random);
        var (rows, now) = (await Load(site), host.Clock.Now);
        var attributes = await site.Db(async db => (await db.Attributes()).InUse.ToDictionary(a => a.Type));
        var (groups, tags, kinds, list) = await site.Db(async db => (
            await db.Groups.Select(g => g.Id).ToListAsync(),
            await db.Tags.Select(t => t.Id).ToListAsync(),
            await db.MailKinds.Select(k => k.Id).ToListAsync(),
            await db.Segments.Select(s => s.Id).SingleAsync()
        ));
        for (var i = 0; i < Trees; i++)
        {
            var (clause, fits) = Tree(3);
            var chosen = new Chosen(clause as ClauseGroup ?? new ClauseGroup(Combine.All, [clause]));
            // As it is stored, too.
            chosen = Chosen.Parse(chosen.ToJson());
            var found = await site.Db(async db => await (await chosen.Apply(db.Members, db)).Select(m => m.Id).Order().ToListAsync());
            var expected = rows.Where(fits).Select(r => r.Member.Id).Order();
            Assert.True(expected.SequenceEqual(found), $"seed {seed}, tree {i}: {chosen.ToJson()}");
            Assert.True(found.Count == await site.Db(db => chosen.Count(db)), $"seed {seed}, count of tree {i}: {chosen.ToJson()}");
        }

        (Clause, Func<Row, bool>) Tree(int depth)
        {
            if (depth == 0 || random.Next(3) == 0)
            {
                var (condition, fits) = Leaf();
                var not = random.Next(3) == 0;
                return (new ConditionClause(condition.Key, condition.Values, not), r => fits(r) != not);
            }
            var parts = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Tree(depth - 1)).ToList();
            var match = (Combine)random.Next(3);
            return (
                new ClauseGroup(match, [.. parts.Select(p => p.Item1)]),
                r => match switch
                {
                    Combine.All => parts.All(p => p.Item2(r)),
                    Combine.Any => parts.Any(p => p.Item2(r)),
                    _ => !parts.Any(p => p.Item2(r)),
                }
            );
        }

        ((string Key, JsonElement Values), Func<Row, bool>) Leaf()
        {
            var days = random.Next(1, 60);
            switch (random.Next(14))
            {
                // Often, since a set of ids beside others is answered in ways of its own.
                case 10 or 11 or 12 or 13: return OfAttribute();
                case 0:
                    var some = Some(groups);
                    return (OwnConditions.Groups.With(new(some)), r => r.Groups.Overlaps(some));
                case 1:
                    var marks = Some(tags);
                    return (OwnConditions.Tags.With(new(marks)), r => r.Tags.Overlaps(marks));
                case 2:
                    var state = OwnConditions.States[random.Next(3)];
                    return (OwnConditions.State.With(new(state)), r => r.Member.State == state);
                case 3:
                    var role = random.Next(2) == 0 ? OwnConditions.AnyStaff : Roles.Moderator;
                    return (
                        OwnConditions.Role.With(new(role)),
                        r => role == OwnConditions.AnyStaff ? r.Member.Role is not null : r.Member.Role == role
                    );
                case 4: return (OwnConditions.Seen.With(new(null, null, days)), r => r.Member.LastSignInAt >= now.AddDays(-days));
                case 5:
                    return (
                        OwnConditions.Joined.With(new(null, null) { Days = days }),
                        r => r.Member.JoinedAt >= now.AddDays(-days)
                    );
                case 6:
                    var kind = kinds[random.Next(kinds.Count)];
                    return (
                        OwnConditions.Consent.With(new(kind)),
                        r => r.Member.State is MemberState.Active
                            && r.Consents.Any(c => c.Kind == kind && c.Granted && !(c.Since < r.Member.MailStoppedAt))
                    );
                case 7:
                    var part = new[] { "a", "1", "ann", "zz" }[random.Next(4)];
                    return (OwnConditions.Name.With(new(part)), r => r.Member.SearchName.Contains(part, StringComparison.Ordinal));
                case 8: return (SegmentCondition.With(list), r => r.List.Contains(list));
                default:
                    var posted = Community.Web.HostModules.All.OfType<BoardsModule>().Single().MemberConditions
                        .OfType<MemberCondition>().Single(c => c.Key == "boards.posted");
                    var least = random.Next(1, 3);
                    return (
                        (posted.Key, JsonSerializer.SerializeToElement(new { days, least })),
                        r => r.Posts.Count(p => p >= now.AddDays(-days)) >= least
                    );
            }
        }

        ((string Key, JsonElement Values), Func<Row, bool>) OfAttribute()
        {
            var attribute = attributes.Values.ElementAt(random.Next(attributes.Count));
            bool Has(Row r, Func<AttributeValue, bool> fits) => r.Values.Any(v => v.AttributeId == attribute.Id && fits(v));
            var (test, fits) = (attribute.Type, random.Next(4)) switch
            {
                (_, 0) => (new AttributeTest(AttributeOperator.HasValue), r => Has(r, v => true)),
                (_, 1) => (new AttributeTest(AttributeOperator.HasNone), r => !Has(r, v => true)),
                (AttributeType.Prefecture, 2) => (
                    new AttributeTest(AttributeOperator.Is) { Codes = ["13", "27"] },
                    r => Has(r, v => v.Key is "13" or "27")
                ),
                (AttributeType.Prefecture, _) => (
                    new AttributeTest(AttributeOperator.IsNot) { Codes = ["13"] },
                    r => !Has(r, v => v.Key == "13")
                ),
                (AttributeType.Number, _) => (
                    new AttributeTest(AttributeOperator.Between) { From = 2, To = 4 },
                    r => Has(r, v => v.Number is >= 2 and <= 4)
                ),
                (AttributeType.YesNo, _) => (new(AttributeOperator.Is) { Codes = ["1"] }, r => Has(r, v => v.Number == 1)),
                _ => ((AttributeTest, Func<Row, bool>))(
                    new AttributeTest(AttributeOperator.Is) { Options = [.. attribute.Options.Select(o => o.Id)] },
                    r => Has(r, v => true)
                ),
            };
            return (AttributeCondition.Of(attribute).With(test), fits);
        }

        List<long> Some(List<long> of) => [.. of.Where(_ => random.Next(2) == 0).DefaultIfEmpty(of[0])];
    }

    static Task<int> Fill(TestSite site, Random random) =>
        site.Db(async db =>
        {
            var now = site.Host.Clock.Now;
            var groups = await db.Groups.ToListAsync();
            var kinds = await db.MailKinds.ToListAsync();
            var tags = new[] { "one", "two", "three" }
                .Select(n =>
                {
                    var tag = new Tag();
                    tag.Rename(n);
                    return tag;
                })
                .ToList();
            db.Tags.AddRange(tags);
            var list = new Segment { FrozenAt = now, Count = 0 };
            list.Rename("list");
            db.Segments.Add(list);
            AttributeType[] types = [AttributeType.Prefecture, AttributeType.Number, AttributeType.YesNo, AttributeType.ManyOf];
            var attributes = types.Select((t, i) => new MemberAttribute
            {
                Key = "random" + i,
                Type = t,
                Position = i,
                CreatedAt = now,
                Labels = Translations.Of(_ => "Random " + i),
            }).ToList();
            foreach (var i in Enumerable.Range(0, 3))
                attributes[3].Options.Add(new() { Key = "o" + i, Position = i, Labels = Translations.Of(_ => "Option " + i) });
            db.MemberAttributes.AddRange(attributes);
            db.Touch(SiteAttributes.Version);
            await db.SaveChangesAsync();
            var board = await db.Boards.FirstAsync();
            // Half an hour off every day's bound, so that the clock of the query and of the evaluation may differ by a moment.
            DateTime Ago() => now.AddDays(-random.Next(1, 70)).AddMinutes(-30);
            for (var i = 0; i < 120; i++)
            {
                var member = Member.Create($"Ann {i}", EmailAddress.Parse($"r{i}@example.com"), Ago());
                member.AddressHash = "r" + i;
                if (random.Next(4) > 0)
                    member.ConfirmedAt = member.JoinedAt;
                if (random.Next(6) == 0)
                    member.SuspendedAt = Ago();
                if (random.Next(2) == 0)
                    member.LastSignInAt = Ago();
                if (random.Next(5) == 0)
                    member.MailStoppedAt = Ago();
                if (random.Next(9) == 0)
                    member.Role = random.Next(2) == 0 ? Roles.Moderator : Roles.Mailer;
                foreach (var kind in kinds.Where(_ => random.Next(2) == 0))
                    member.Consents.Add(
                        new()
                        {
                            KindId = kind.Id,
                            Granted = random.Next(3) > 0,
                            Since = Ago(),
                        }
                    );
                foreach (var group in groups.Where(_ => random.Next(3) == 0))
                    member.Groups.Add(
                        new()
                        {
                            GroupId = group.Id,
                            RequestedAt = now,
                            JoinedAt = random.Next(4) > 0 ? now : null,
                        }
                    );
                db.Members.Add(member);
                await db.SaveChangesAsync();
                db.MemberTags.AddRange(
                    tags.Where(_ => random.Next(3) == 0)
                        .Select(t => new MemberTag
                        {
                            TagId = t.Id,
                            MemberId = member.Id,
                            At = now,
                        })
                );
                foreach (var attribute in attributes.Where(_ => random.Next(4) > 0))
                    db.AttributeValues.AddRange(attribute.Rows(member.Id, Any(attribute)));
                if (random.Next(3) == 0)
                    db.SegmentMembers.Add(new() { SegmentId = list.Id, MemberId = member.Id });
                for (var n = random.Next(3); n > 0; n--)
                {
                    var topic = new Topic
                    {
                        BoardId = board.Id,
                        Title = "t",
                        AuthorId = member.Id,
                        StartedAt = now,
                        LastPostAt = now,
                        NextNumber = 2,
                    };
                    db.Topics.Add(topic);
                    await db.SaveChangesAsync();
                    db.Posts.Add(
                        new Post
                        {
                            TopicId = topic.Id,
                            BoardId = board.Id,
                            AuthorId = member.Id,
                            At = Ago(),
                            Number = 1,
                            Path = "",
                            Text = "x",
                            HiddenAt = random.Next(5) == 0 ? now : null,
                        }
                    );
                }
            }
            return await db.SaveChangesAsync();

            TypedValue Any(MemberAttribute attribute) => attribute.Type switch
            {
                AttributeType.Prefecture => new() { Type = attribute.Type, Text = new[] { "13", "27", "01" }[random.Next(3)] },
                AttributeType.Number => new() { Type = attribute.Type, Number = random.Next(6) },
                AttributeType.YesNo => new() { Type = attribute.Type, Number = random.Next(2) },
                _ => new()
                {
                    Type = attribute.Type,
                    Options =
                    [
                        .. attribute.Options.Select(o => o.Id).Where(_ => random.Next(2) == 0).DefaultIfEmpty(attribute.Options[0].Id),
                    ],
                },
            };
        });

    static Task<List<Row>> Load(TestSite site) =>
        site.Db(async db =>
        {
            var members = await db.Members.AsNoTracking().ToListAsync();
            var groups = (await db.GroupMemberships.Where(g => g.JoinedAt != null).ToListAsync()).ToLookup(g => g.MemberId, g => g.GroupId);
            var tags = (await db.MemberTags.ToListAsync()).ToLookup(t => t.MemberId, t => t.TagId);
            var consents = (await db.ConsentStates.ToListAsync()).ToLookup(c => c.MemberId, c => (c.KindId, c.Granted, c.Since));
            var lists = (await db.SegmentMembers.ToListAsync()).ToLookup(s => s.MemberId, s => s.SegmentId);
            var posts = (await db.Posts.Where(p => p.DeletedAt == null && p.HiddenAt == null).ToListAsync()).ToLookup(
                p => p.AuthorId,
                p => p.At
            );
            var values = (await db.AttributeValues.AsNoTracking().ToListAsync()).ToLookup(v => v.MemberId);
            return members.ConvertAll(m => new Row(
                m,
                [.. groups[m.Id]],
                [.. tags[m.Id]],
                [.. consents[m.Id]],
                [.. lists[m.Id]],
                [.. posts[m.Id]],
                [.. values[m.Id]]
            ));
        });
}
