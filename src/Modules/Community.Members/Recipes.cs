using System.Text.Json;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Members;

/// <summary>Maps a recipe's keys to members: later steps of the same recipe (topics) refer to members by key.</summary>
public sealed class RecipeMembers : Dictionary<string, long>;

/// <summary>The parts of a recipe about members: <c>mailKinds</c>, <c>groups</c>, <c>members</c>.</summary>
static class Recipes
{
    public static IEnumerable<RecipeStep> Steps =>
        [
            new("mailKinds", typeof(KindPart), MailKinds),
            new("groups", typeof(GroupPart), Groups),
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
        [InRecipe(OneOf = "en ja")] string? Language = null
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
        var made = new List<(string Key, Member Member, List<MailKind> Granted)>();
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
            made.Add((m.Key, member, granted));
        }
        await db.SaveChangesAsync(ct);
        foreach (var (key, member, granted) in made)
        {
            services.GetRequiredService<RecipeMembers>()[key] = member.Id;
            Consents.Granted(db, member, granted);
        }
        await db.SaveChangesAsync(ct);
    }

    static T Named<T>(Dictionary<string, T> all, string key, string member, string what) =>
        all.TryGetValue(key, out var found)
            ? found
            : throw new JsonException($"members: \"{member}\" names the {what} \"{key}\", which this recipe does not have.");
}
