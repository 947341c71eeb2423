using System.Text.RegularExpressions;
using Community.Members;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>What the form of a board has brought.</summary>
sealed partial record BoardFields(string Name, string Key, string Description, BoardKind Kind, BoardReaders Read, BoardWriters Write, BoardView View, IReadOnlySet<long> Reads, IReadOnlySet<long> Writes)
{
    public static BoardFields Of(IFormCollection form)
    {
        return new(Text("name"), Text("key").ToLowerInvariant(), Text("description"),
            Choice<BoardKind>("kind"), Choice<BoardReaders>("read"), Choice<BoardWriters>("write"), Choice<BoardView>("view"), Ids("reads"), Ids("writes"));

        string Text(string field) => form[field].ToString().Trim();
        T Choice<T>(string field) where T : struct, Enum => Enum.TryParse<T>(form[field], out var value) && Enum.IsDefined(value) ? value : default;
        HashSet<long> Ids(string field) => [.. form[field].Select(v => long.TryParse(v, out var id) ? id : 0).Where(id => id > 0)];
    }

    public void Check(Problems problems, IStringLocalizer texts, bool isNew)
    {
        if (Name.Length is 0 or > Board.LongestName) problems.Add("name", texts["boards.staff.name.missing"]);
        if (isNew && !KeyForm().IsMatch(Key)) problems.Add("key", texts["boards.staff.key.form"]);
        if (Description.Length > Board.LongestDescription) problems.Add("description", texts["boards.staff.description.long"]);
        if (Read == BoardReaders.Groups && Reads.Count == 0) problems.Add("reads", texts["boards.staff.no-groups"]);
        if (Kind == BoardKind.ReadOnly && Write == BoardWriters.Members) problems.Add("write", texts["boards.staff.write.read-only"]);
        if (Write == BoardWriters.Groups && Writes.Count == 0) problems.Add("writes", texts["boards.staff.no-groups"]);
    }

    public void Apply(Board board, IReadOnlySet<long> known)
    {
        (board.Name, board.Description, board.Kind, board.Read, board.Write, board.View) = (Name, Description, Kind, Read, Write, View);
        if (board.Id == 0) board.Key = Key;
        board.Groups.RemoveAll(g => !Reads.Contains(g.GroupId) && !Writes.Contains(g.GroupId));
        foreach (var id in Reads.Union(Writes).Where(known.Contains))
        {
            var group = board.Groups.Find(g => g.GroupId == id);
            if (group is null) board.Groups.Add(group = new BoardGroup { GroupId = id });
            (group.Reads, group.Writes) = (Reads.Contains(id), Writes.Contains(id));
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9-]{1,29}$")]
    private static partial Regex KeyForm();
}
