using System.Text.Json;
using Community.Kernel;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>Maps a recipe's keys to members: later steps of the same recipe (topics) refer to members by key.</summary>
public sealed class RecipeMembers : Dictionary<string, long>;

/// <summary>The parts of a recipe about members: <c>mailKinds</c>, <c>groups</c>, <c>attributes</c>, <c>members</c>.</summary>
static class Recipes
{
    public static IEnumerable<RecipeStep> Steps =>
        [
            new("mailKinds", typeof(KindPart), MailKinds),
            new("groups", typeof(GroupPart), Groups),
            new("attributes", typeof(AttributeEntry), Attributes),
            new("members", typeof(MemberPart), Members),
        ];

    sealed record KindPart(
        [InRecipe(RecipeText.Key)] string Key,
        [InRecipe(RecipeText.Name)] string Name,
        [InRecipe(RecipeText.Lines, 500)] string Description = ""
    );

    sealed record GroupPart(
        [InRecipe(RecipeText.Key)] string Key,
        [InRecipe(RecipeText.Name, Group.MaxNameLength)] string Name,
        [InRecipe(RecipeText.Lines, Group.MaxDescriptionLength)] string Description = "",
        Joining Joining = Joining.Open
    );

    // Labels without a language are in the site's.
    sealed record AttributeEntry(
        [InRecipe(RecipeText.Key)] string Key,
        [InRecipe(OneOf = "text long-text number date birthday yes-no one-of many-of prefecture country telephone address url furigana"
            + " member-number")] string Type,
        [InRecipe(RecipeText.Name, MemberAttribute.MaxLabelLength)] string Label,
        [InRecipe(RecipeText.Name, MemberAttribute.MaxLabelLength)] string? LabelEn = null,
        [InRecipe(RecipeText.Name, MemberAttribute.MaxLabelLength)] string? LabelJa = null,
        [InRecipe(RecipeText.Lines, MemberAttribute.MaxHelpLength)] string? Help = null,
        bool Required = false,
        [InRecipe(OneOf = "registration later")] string Asked = "later",
        [InRecipe(OneOf = "everyone members staff personal")] string Visibility = "staff",
        bool MemberMayEdit = true,
        [InRecipe(maxLength: MemberAttribute.MaxPatternLength)] string? Pattern = null,
        [InRecipe(maxLength: 20)] string? Min = null,
        [InRecipe(maxLength: 20)] string? Max = null,
        [InRecipe(maxLength: 2)] string? Decimals = null,
        OptionEntry[]? Options = null
    );

    sealed record OptionEntry(
        [InRecipe(RecipeText.Key)] string Key,
        [InRecipe(RecipeText.Name, AttributeOption.MaxLabelLength)] string Label,
        [InRecipe(RecipeText.Name, AttributeOption.MaxLabelLength)] string? LabelEn = null,
        [InRecipe(RecipeText.Name, AttributeOption.MaxLabelLength)] string? LabelJa = null
    );

    sealed record ValueEntry(
        [InRecipe(RecipeText.Key)] string Key,
        [InRecipe(maxLength: MemberAttribute.MaxLongText)] string Value
    );

    // Has no password: the person chooses one.
    sealed record MemberPart(
        [InRecipe(RecipeText.Key)] string Key,
        [InRecipe(RecipeText.Name, Member.MaxNameLength)] string Name,
        [InRecipe(RecipeText.Address, Member.MaxEmailLength)] string Email,
        [InRecipe(maxLength: Member.MaxBioLength)] string? Bio = null,
        string[]? Groups = null,
        [InRecipe(OneOf = "moderator mailer webmaster administrator operator")] string? Role = null,
        double JoinedDaysAgo = 0,
        string[]? Consents = null,
        [InRecipe(OneOf = "active unconfirmed suspended")] string State = "active",
        [InRecipe(OneOf = "en ja")] string? Language = null,
        ValueEntry[]? Attributes = null
    );

    static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() },
    };

    static async Task MailKinds(JsonElement part, IServiceProvider services, CancellationToken ct)
    {
        var db = services.GetRequiredService<SiteDb>();
        var kinds = part.Deserialize<KindPart[]>(json)!
            .Select(
                (k, i) =>
                    new MailKind
                    {
                        Key = k.Key,
                        Names = Translations.Of(l => l == db.Site.Culture ? Naming.Kept(k.Name) : null),
                        Sentences = Translations.Of(l => l == db.Site.Culture ? Naming.ReadLines(k.Description).Text : null),
                        Position = i,
                    }
            )
            .ToList();
        db.MailKinds.AddRange(kinds);
        await db.SaveChangesAsync(ct);
        db.MailKindTexts.AddRange(kinds.Select(k => k.Text(db.Now, null)));
        await db.SaveChangesAsync(ct);
    }

    static async Task Groups(JsonElement part, IServiceProvider services, CancellationToken ct)
    {
        var db = services.GetRequiredService<SiteDb>();
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime;
        db.Groups.AddRange(
            part.Deserialize<GroupPart[]>(json)!
                .Select(g => new Group
                {
                    Key = g.Key,
                    Name = Naming.Kept(g.Name),
                    Description = Naming.ReadLines(g.Description).Text,
                    Joining = g.Joining,
                    CreatedAt = now,
                })
        );
        await db.SaveChangesAsync(ct);
    }

    static async Task Attributes(JsonElement part, IServiceProvider services, CancellationToken ct)
    {
        var db = services.GetRequiredService<SiteDb>();
        var (texts, problems) = (services.GetRequiredService<IStringLocalizer>(), new Problems());
        foreach (var (entry, i) in part.Deserialize<AttributeEntry[]>(json)!.Select((a, i) => (a, i)))
        {
            var definition = new AttributeDefinition
            {
                Type = Enum.GetValues<AttributeType>().First(t => AttributeTexts.Word(t) == entry.Type),
                Key = entry.Key,
                Labels = Labels(entry.Label, entry.LabelEn, entry.LabelJa),
                Helps = Labels(entry.Help, null, null),
                Required = entry.Required,
                Asked = Enum.Parse<AskedWhen>(entry.Asked, ignoreCase: true),
                Visibility = Enum.Parse<Visibility>(entry.Visibility, ignoreCase: true),
                MemberMayEdit = entry.MemberMayEdit,
                Pattern = entry.Pattern ?? "",
                Min = entry.Min ?? "",
                Max = entry.Max ?? "",
                Decimals = entry.Decimals ?? "0",
                Options =
                [
                    .. (entry.Options ?? []).Select(o => new AttributeDefinition.Option(null, Labels(o.Label, o.LabelEn, o.LabelJa))),
                ],
            };
            definition.Check(problems, texts, db.Site.Culture);
            if (problems.Any) throw new JsonException($"attributes: \"{entry.Key}\": {problems.All[0].Text}");
            var attribute = new MemberAttribute { Key = entry.Key, Type = definition.Type, Position = i, CreatedAt = db.Now };
            definition.Apply(attribute);
            attribute.Options =
            [
                .. (entry.Options ?? []).Select((o, place) =>
                    new AttributeOption { Key = o.Key, Labels = Labels(o.Label, o.LabelEn, o.LabelJa), Position = place }
                ),
            ];
            db.MemberAttributes.Add(attribute);
        }
        await db.SaveChangesAsync(ct);

        Translations Labels(string? own, string? english, string? japanese) =>
            Translations.Of(l =>
                l == "en" ? english ?? (db.Site.Culture == l ? own : null) : japanese ?? (db.Site.Culture == l ? own : null)
            );
    }

    static async Task SetValues(SiteDb db, long member, string key, IEnumerable<ValueEntry> values, CancellationToken ct)
    {
        var attributes = await db.Attributes(ct);
        foreach (var entry in values)
        {
            if (attributes.OfKey(entry.Key) is not { } attribute)
                throw new JsonException($"members: \"{key}\" names the attribute \"{entry.Key}\", which this recipe does not have.");
            var read = attribute.Parse(entry.Value, Community.Members.SetValues.Today(db));
            if (read.Problem is { } problem)
                throw new JsonException(
                    $"members: \"{key}\": \"{entry.Value}\" does not fit the attribute \"{entry.Key}\" ({problem.Reason})."
                );
            if (read.Value is { } value)
                await db.SetValue(member, attribute, value, ct);
        }
    }

    static async Task Members(JsonElement part, IServiceProvider services, CancellationToken ct)
    {
        var db = services.GetRequiredService<SiteDb>();
        var hashes = services.GetRequiredService<PasswordHashes>();
        var addresses = services.GetRequiredService<AddressHashes>();
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime;
        var kinds = await db.MailKinds.ToDictionaryAsync(k => k.Key, ct);
        var groups = await db.Groups.ToDictionaryAsync(g => g.Key, ct);
        // One hash serves all sample members: a hash costs a quarter of a second.
        var sample = services.GetRequiredService<IConfiguration>()["Community:SamplePassword"] is { Length: > 0 } password
            ? await hashes.Make(password, ct)
            : null;
        var made = new List<(string Key, Member Member, List<MailKind> Granted, ValueEntry[] Values)>();
        // Oldest first, so that ids follow the order of joining.
        foreach (var m in part.Deserialize<MemberPart[]>(json)!.OrderByDescending(m => m.JoinedDaysAgo))
        {
            if (!EmailAddress.TryParse(m.Email, out var email))
                throw new JsonException($"members: \"{m.Key}\" has no e-mail address that mail can go to.");
            var member = Member.Create(m.Name, email, now.AddDays(-m.JoinedDaysAgo));
            (member.Bio, member.Role, member.Language) = (m.Bio ?? "", m.Role, m.Language);
            member.AddressHash = await addresses.Of(email, ct);
            if (sample is { } hash) member.SetPassword(hash);
            if (m.State != "unconfirmed") member.Confirm(member.JoinedAt);
            if (m.State == "suspended") member.Suspend("", 0, now.AddDays(-m.JoinedDaysAgo / 2));
            foreach (var key in (m.Groups ?? []).Distinct())
            {
                var group = Named(groups, key, m.Key, "group");
                member.Groups.Add(new GroupMembership { Group = group, RequestedAt = member.JoinedAt, JoinedAt = member.JoinedAt });
                group.MemberCount++;
            }
            var granted = (m.Consents ?? []).Distinct().Select(key => Named(kinds, key, m.Key, "mail kind")).ToList();
            db.Members.Add(member);
            made.Add((m.Key, member, granted, m.Attributes ?? []));
        }
        await db.SaveChangesAsync(ct);
        foreach (var (key, member, granted, values) in made)
        {
            services.GetRequiredService<RecipeMembers>()[key] = member.Id;
            Consents.Granted(db, member, granted);
            if (values.Length > 0) await SetValues(db, member.Id, key, values, ct);
        }
        await db.SaveChangesAsync(ct);
    }

    static T Named<T>(Dictionary<string, T> all, string key, string member, string what) =>
        all.TryGetValue(key, out var found)
            ? found
            : throw new JsonException($"members: \"{member}\" names the {what} \"{key}\", which this recipe does not have.");
}
