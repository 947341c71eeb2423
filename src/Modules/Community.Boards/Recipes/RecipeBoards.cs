using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Boards;

/// <summary>The part <c>boards</c> of a recipe.</summary>
static class RecipeBoards
{
    internal sealed record Entry(
        [InRecipe(RecipeText.Key, 30)] string Key,
        [InRecipe(RecipeText.Name, Board.MaxNameLength)] string Name,
        [InRecipe(RecipeText.Lines, Board.MaxDescriptionLength)] string Description = "",
        BoardKind Kind = BoardKind.Interactive,
        BoardReaders Read = BoardReaders.Everyone,
        BoardWriters Write = BoardWriters.Members,
        string[]? ReadGroups = null,
        string[]? WriteGroups = null,
        BoardView View = BoardView.Chronological,
        [InRecipe(RecipeText.Lines, Board.MaxIconLength)] string Icon = "",
        [InRecipe(RecipeText.Lines, BoardCategory.MaxNameLength)] string Category = ""
    );

    static readonly JsonSerializerOptions json = new(JsonSerializerOptions.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    public static async Task Read(JsonElement part, IServiceProvider services, CancellationToken ct)
    {
        var db = services.GetRequiredService<SiteDb>();
        await db.SaveChangesAsync(ct);
        var groups = await db.Groups.ToDictionaryAsync(g => g.Key, g => g.Id, ct);
        var position = 0;
        var categories = new Dictionary<string, BoardCategory>();
        foreach (var entry in part.Deserialize<Entry[]>(json)!)
        {
            var reads = (entry.ReadGroups ?? []).ToHashSet();
            var writes = (entry.WriteGroups ?? []).ToHashSet();
            db.Boards.Add(
                new Board
                {
                    Key = entry.Key,
                    Name = Naming.Kept(entry.Name),
                    Description = Naming.ReadLines(entry.Description).Text,
                    Kind = entry.Kind,
                    Read = entry.Read,
                    Write = entry.Write,
                    View = entry.View,
                    Position = position++,
                    Icon = IconOf(entry),
                    Category = CategoryOf(entry.Category),
                    Groups =
                    [
                        .. reads
                            .Union(writes)
                            .Select(key => new BoardGroup
                            {
                                GroupId = Named(key, entry.Key),
                                Reads = reads.Contains(key),
                                Writes = writes.Contains(key),
                            }),
                    ],
                }
            );
        }
        await db.SaveChangesAsync(ct);

        static string IconOf(Entry entry) =>
            Naming.ReadOptional(entry.Icon) is { Fault: null } icon && new StringInfo(icon.Text).LengthInTextElements <= 1 ? icon.Text
            : throw new JsonException($"boards: the icon of \"{entry.Key}\" is not one character or emoji.");

        // In the order in which boards name them, in the site's language.
        BoardCategory? CategoryOf(string name)
        {
            if (string.IsNullOrWhiteSpace(name)) return null;
            if (categories.TryGetValue(name, out var known)) return known;
            var names = Translations.Of(language => language == db.Site.Culture ? Naming.Kept(name) : null);
            var made = new BoardCategory { Names = names, Position = categories.Count };
            db.BoardCategories.Add(made);
            return categories[name] = made;
        }

        long Named(string key, string board) =>
            groups.TryGetValue(key, out var id)
                ? id
                : throw new JsonException($"boards: \"{board}\" names the group \"{key}\", which this recipe does not have.");
    }
}
