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
        BoardView View = BoardView.Chronological
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

        long Named(string key, string board) =>
            groups.TryGetValue(key, out var id)
                ? id
                : throw new JsonException($"boards: \"{board}\" names the group \"{key}\", which this recipe does not have.");
    }
}
