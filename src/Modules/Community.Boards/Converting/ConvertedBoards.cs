using System.Globalization;
using System.Text;

namespace Community.Boards;

/// <summary>
/// What a converter of another forum's dump writes: a file of JSON Lines for each of its forums, to be imported into a board, and the
/// members as CSV. With the numbers of what there was, what was written, and what was left out and why.
/// </summary>
sealed class ConvertedBoards(string folder) : IAsyncDisposable
{
    readonly Dictionary<long, (string Name, FileStream File, WriteJson Json)> boards = [];
    /// <summary>How the name of a file ends that not everybody may read.</summary>
    const string Private = ".private.jsonl", Open = ".jsonl";

    /// <summary>
    /// Whether a file, by its name, comes of a forum that not everybody reads: known before it is read. Its lines say the same
    /// (<see cref="SourcePost.IsPrivate"/>).
    /// </summary>
    public static bool IsPrivate(string fileName) => fileName.EndsWith(Private, StringComparison.OrdinalIgnoreCase);

    readonly SortedDictionary<string, int> left = new(StringComparer.Ordinal);

    public int Posts { get; private set; }
    public int Topics { get; set; }
    public int Members { get; private set; }
    public int Files { get; private set; }

    public void Leave(string why, int many = 1) => left[why] = left.GetValueOrDefault(why) + many;

    /// <summary>Writes a post into the file of its forum.</summary>
    /// <param name="forum">Its number.</param>
    /// <param name="name">Its name.</param>
    /// <param name="post">The post.</param>
    /// <param name="isPrivate">Whether not everybody reads the forum: its file says so, and is not imported where everybody does.</param>
    /// <param name="ct">Cancels it.</param>
    public async Task Write(long forum, string name, ArchivedPost post, bool isPrivate, CancellationToken ct)
    {
        if (!boards.TryGetValue(forum, out var board))
        {
            Directory.CreateDirectory(folder);
            var words = TopicAddress.WordsOf(name);
            // Not more files are open than a forum has forums; some hundred at most.
            var file = new FileStream(
                Path.Combine(
                    folder, $"{forum}{(words.Length > 0 ? "-" : "")}{words[..Math.Min(words.Length, 40)]}{(isPrivate ? Private : Open)}"),
                FileMode.Create
            );
            boards[forum] = board = (name, file, new WriteJson(file));
        }
        // Of what its author or a moderator has deleted only the place goes into a file.
        if (post.Post.State.DeletedAt is not null) post = new(post.Post with { Text = "", Title = null }, []);
        // In each line, too: a file may be called anything, cut or joined with others.
        await board.Json.Write(post with { Post = post.Post with { IsPrivate = isPrivate } }, ct);
        Posts++;
        Files += post.Files.Count;
    }

    /// <summary>Writes the members, for <c>community import SITE members.csv</c>.</summary>
    public async Task WriteMembers(IEnumerable<(string Email, string Name)> members)
    {
        Directory.CreateDirectory(folder);
        await using var csv = new StreamWriter(Path.Combine(folder, "members.csv"), false, new UTF8Encoding(true)) { NewLine = "\r\n" };
        await csv.WriteLineAsync("email,name");
        foreach (var (email, name) in members)
        {
            await csv.WriteLineAsync($"{Cell(email)},{Cell(name)}");
            Members++;
        }

        static string Cell(string text) => '"' + text.Replace("\"", "\"\"") + '"';
    }

    /// <summary>What was written and what was left out.</summary>
    public string Report()
    {
        var said = new StringBuilder();
        said.AppendLine(
            CultureInfo.InvariantCulture,
            $"{boards.Count} boards, {Topics} topics, {Posts} posts, {Files} files, {Members} members."
        );
        foreach (var (why, many) in left)
            said.AppendLine(CultureInfo.InvariantCulture, $"Left out: {many} {why}.");
        foreach (var board in boards.Values.OrderBy(b => b.File.Name, StringComparer.Ordinal))
        {
            var who = IsPrivate(board.File.Name) ? " (not everybody reads it)" : "";
            said.AppendLine(CultureInfo.InvariantCulture, $"{board.File.Name}: {board.Name}{who}");
        }
        return said.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var board in boards.Values) await board.File.DisposeAsync();
    }
}
