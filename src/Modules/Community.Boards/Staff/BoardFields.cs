using System.Globalization;
using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>The submitted fields of a board's form.</summary>
public sealed record BoardFields(
    string Name,
    string Key,
    string Description,
    BoardKind Kind,
    BoardReaders Read,
    BoardWriters Write,
    BoardView View,
    IReadOnlySet<long> Reads,
    IReadOnlySet<long> Writes
)
{
    /// <summary>See <see cref="Board.Hold"/>.</summary>
    public Hold Hold { get; init; }
    /// <summary>See <see cref="Board.HoldFirst"/>; null if it was no number.</summary>
    public int? HoldFirst { get; init; } = 0;

    /// <summary>See <see cref="Board.CloseAfterDays"/>; null if it was no number.</summary>
    public int? CloseAfterDays { get; init; } = 0;
    /// <summary>See <see cref="Board.ArchiveAfterDays"/>; null if it was no number.</summary>
    public int? ArchiveAfterDays { get; init; } = 0;
    /// <summary>See <see cref="Board.PauseSeconds"/>; null if it was no number.</summary>
    public int? PauseSeconds { get; init; } = 0;
    /// <summary>See <see cref="Board.CategoryId"/>.</summary>
    public long? CategoryId { get; init; }
    /// <summary>See <see cref="Board.Icon"/>.</summary>
    public string Icon { get; init; } = "";

    public static BoardFields Of(IFormCollection form)
    {
        return new(
            Text("name"),
            Text("key").ToLowerInvariant(),
            Text("description"),
            Choice<BoardKind>("kind"),
            Choice<BoardReaders>("read"),
            Choice<BoardWriters>("write"),
            Choice<BoardView>("view"),
            Ids("reads"),
            Ids("writes")
        )
        {
            Hold = form["hold"].Aggregate(Hold.None, (all, one) => all | (Enum.TryParse<Hold>(one, out var hold) ? hold : Hold.None))
                & (Hold.Links | Hold.Pictures | Hold.Everything),
            HoldFirst = Number("holdFirst"),
            CloseAfterDays = Number("closeAfter"),
            ArchiveAfterDays = Number("archiveAfter"),
            PauseSeconds = Number("pause"),
            CategoryId = long.TryParse(Text("category"), out var category) ? category : null,
            Icon = Text("icon"),
        };

        // Empty is none.
        int? Number(string field) => Text(field) is { Length: > 0 } typed ? int.TryParse(typed, out var number) ? number : null : 0;

        string Text(string field) => form[field].ToString().Trim();
        T Choice<T>(string field)
            where T : struct, Enum => Enum.TryParse<T>(form[field], out var value) && Enum.IsDefined(value) ? value : default;
        HashSet<long> Ids(string field) => [.. form[field].Select(v => long.TryParse(v, out var id) ? id : 0).Where(id => id > 0)];
    }

    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="texts">In the reader's language.</param>
    /// <param name="groups">All groups of the site.</param>
    /// <param name="isNew">Whether to check the key, which cannot be changed later.</param>
    public void Check(Problems problems, IStringLocalizer texts, IReadOnlyList<Group> groups, bool isNew)
    {
        problems.Name("name", Name, texts, "boards.staff.name.missing");
        problems.Limit("name", Name, Board.MaxNameLength, texts);
        if (isNew && !Slug.Is(Key)) problems.Add("key", texts["boards.staff.key.form"]);
        problems.Lines("description", Description, texts);
        problems.Limit("description", Description, Board.MaxDescriptionLength, texts);
        if (Naming.ReadOptional(Icon) is var icon && (icon.Fault is not null || icon.Text.Length > Board.MaxIconLength
            || new StringInfo(icon.Text).LengthInTextElements > 1))
            problems.Add("icon", texts["boards.icon.one"]);
        if (HoldFirst is not (>= 0 and <= Board.MaxHoldFirst))
            problems.Add("holdFirst", texts["boards.hold.first.range", Board.MaxHoldFirst]);
        if (CloseAfterDays is not (>= 0 and <= Board.MaxCloseAfterDays))
            problems.Add("closeAfter", texts["boards.close-after.range", Board.MaxCloseAfterDays]);
        if (ArchiveAfterDays is not (>= 0 and <= Board.MaxArchiveAfterDays))
            problems.Add("archiveAfter", texts["boards.close-after.range", Board.MaxArchiveAfterDays]);
        if (PauseSeconds is not (>= 0 and <= Board.MaxPauseSeconds))
            problems.Add("pause", texts["boards.pause.range", Board.MaxPauseSeconds]);
        var (reading, writing) = (groups.Where(g => Reads.Contains(g.Id)).ToList(), groups.Where(g => Writes.Contains(g.Id)).ToList());
        if (Read == BoardReaders.Groups && reading.Count == 0) problems.Add("reads", texts["boards.staff.no-groups"]);
        if (Kind == BoardKind.ReadOnly && Write == BoardWriters.Members) problems.Add("write", texts["boards.staff.write.read-only"]);
        if (Kind == BoardKind.Interactive && Write == BoardWriters.Staff) problems.Add("write", texts["boards.staff.write.conversation"]);
        if (Write != BoardWriters.Groups) return;
        if (writing.Count == 0) problems.Add("writes", texts["boards.staff.no-groups"]);
        // A group that may not read the board never reaches the form to write.
        if (Read == BoardReaders.Groups && writing.Except(reading).ToList() is { Count: > 0 } blind)
            problems.Add("writes", texts["boards.staff.write.blind", string.Join(texts["members.list"], blind.Select(g => g.Name))]);
    }

    /// <summary>What saving would change, for the audit log.</summary>
    public List<AuditChange> Changes(Board board, IReadOnlyList<Group> groups)
    {
        return AuditChange.Of(
            AuditChange.Value("board-name", board.Name, Name), AuditChange.WithoutValues("board-about", board.Description, Description),
            AuditChange.Value("board-kind", "boards.kind." + board.Kind, "boards.kind." + Kind),
            AuditChange.Value(
                "board-read",
                Who(
                    "boards.read." + board.Read,
                    board.Read == BoardReaders.Groups,
                    board.Groups.Where(g => g.Reads).Select(g => g.GroupId)
                ),
                Who("boards.read." + Read, Read == BoardReaders.Groups, Reads)
            ),
            AuditChange.Value(
                "board-write",
                Who(
                    "boards.write." + board.Write,
                    board.Write == BoardWriters.Groups,
                    board.Groups.Where(g => g.Writes).Select(g => g.GroupId)
                ),
                Who("boards.write." + Write, Write == BoardWriters.Groups, Writes)
            ),
            AuditChange.Value("board-view", "boards.view-of." + board.View, "boards.view-of." + View),
            AuditChange.Value("board-category", $"{board.CategoryId}", $"{CategoryId}"),
            AuditChange.Value("board-icon", board.Icon, Naming.ReadOptional(Icon).Text),
            AuditChange.Value("board-hold", board.Hold.ToString(), Hold.ToString()),
            AuditChange.Value("board-hold-first", $"{board.HoldFirst}", $"{HoldFirst}"),
            AuditChange.Value("board-close-after", $"{board.CloseAfterDays}", $"{CloseAfterDays}"),
            AuditChange.Value("board-archive-after", $"{board.ArchiveAfterDays}", $"{ArchiveAfterDays}"),
            AuditChange.Value("board-pause", $"{board.PauseSeconds}", $"{PauseSeconds}")
        );

        string Who(string text, bool byGroup, IEnumerable<long> ids) =>
            byGroup ? string.Join(", ", groups.Where(g => ids.Contains(g.Id)).Select(g => g.Name)) : text;
    }

    public void Apply(Board board, IReadOnlySet<long> known)
    {
        (board.Name, board.Description, board.Kind, board.Read, board.Write, board.View) = (
            Naming.Read(Name).Text,
            Naming.ReadLines(Description).Text,
            Kind,
            Read,
            Write,
            View
        );
        (board.Hold, board.HoldFirst) = (Hold, HoldFirst ?? 0);
        (board.CloseAfterDays, board.PauseSeconds) = (CloseAfterDays ?? 0, PauseSeconds ?? 0);
        board.ArchiveAfterDays = ArchiveAfterDays ?? 0;
        board.CategoryId = CategoryId;
        board.Icon = Naming.ReadOptional(Icon).Text;
        if (board.Id == 0)
            board.Key = Key;
        // Checkboxes that another choice has hidden are ignored.
        HashSet<long> reads = Read == BoardReaders.Groups ? [.. Reads] : [], writes = Write == BoardWriters.Groups ? [.. Writes] : [];
        board.Groups.RemoveAll(g => !reads.Contains(g.GroupId) && !writes.Contains(g.GroupId));
        foreach (var id in reads.Union(writes).Where(known.Contains))
        {
            var group = board.Groups.Find(g => g.GroupId == id);
            if (group is null) board.Groups.Add(group = new BoardGroup { GroupId = id });
            (group.Reads, group.Writes) = (reads.Contains(id), writes.Contains(id));
        }
    }
}
