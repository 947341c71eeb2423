using System.Data.Common;
using Community.Boards;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Community.Benchmarks;

/// <summary>
/// The transaction of a reply by hand: the same rows asked, locked, inserted and updated as the product's, and nothing else.
/// </summary>
sealed class RawPosting(DbDataSource source)
{
    // One writer at a time on SQLite, as the product has it: waiting for its lock would take longer.
    readonly SemaphoreSlim gate = new(1);

    bool IsSqlite => source is not NpgsqlDataSource;

    public async Task<IResult> Reply(long topic)
    {
        await using var connection = await source.OpenConnectionAsync();
        if (IsSqlite) await gate.WaitAsync();
        try
        {
            await using var transaction = connection is SqliteConnection sqlite
                ? sqlite.BeginTransaction(deferred: false)
                : await connection.BeginTransactionAsync();
            await Write(connection, transaction, topic);
            await transaction.CommitAsync();
        }
        finally { if (IsSqlite) gate.Release(); }
        return Results.Redirect("/done");
    }

    async Task Write(DbConnection connection, DbTransaction transaction, long topic)
    {
        var (author, key) = (1L, Guid.NewGuid());
        var at = IsSqlite ? (object)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() : DateTime.UtcNow;
        var found = await Row(
            $"SELECT board_id, next_number, replies, locked_at, hidden_at FROM topics WHERE id = @topic {(IsSqlite ? "" : "FOR UPDATE")}",
            ("topic", topic)
        );
        var (board, number, replies) = (Convert.ToInt64(found[0]), Convert.ToInt32(found[1]), Convert.ToInt32(found[2]));
        await Row(
            "SELECT p.topic_id, p.number, b.key FROM posts p JOIN topics t ON t.id = p.topic_id JOIN boards b ON b.id = t.board_id WHERE p.author_id = @author AND p.form_key = @key",
            ("author", author),
            ("key", Key(key))
        );
        await Row(
            "SELECT b.*, g.group_id, g.writes FROM boards b LEFT JOIN board_groups g ON g.board_id = b.id WHERE b.id = @board",
            ("board", board)
        );
        var parent = await Row("SELECT path, depth, number FROM posts WHERE topic_id = @topic AND number = 1", ("topic", topic));
        var (path, depth) = TreePath.Of((string)parent[0], Convert.ToInt32(parent[1]), 1, number);
        var post = Convert.ToInt64(
            (
                await Row(
                    """
                    INSERT INTO posts (topic_id, board_id, number, parent_number, depth, path, text, html, html_version, snippet, author_id, at, form_key, counted)
                    VALUES (@topic, @board, @number, 1, @depth, @path, @text, @html, 1, @snippet, @author, @at, @key, @counted) RETURNING id
                    """,
                    ("topic", topic),
                    ("board", board),
                    ("number", number),
                    ("depth", depth),
                    ("path", path),
                    ("text", Text),
                    ("html", Html),
                    ("snippet", Snippet),
                    ("author", author),
                    ("at", at),
                    ("key", Key(key)),
                    ("counted", false)
                )
            )[0]
        );
        await Row(
            "UPDATE topics SET next_number = @next, replies = @replies, last_post_at = @at, last_post_by = @author WHERE id = @topic",
            ("next", number + 1),
            ("replies", replies + 1),
            ("at", at),
            ("author", author),
            ("topic", topic)
        );
        await Row(
            "SELECT read_upto, above, read_count FROM topic_reads WHERE member_id = @author AND topic_id = @topic",
            ("author", author),
            ("topic", topic)
        );
        await Row(
            "INSERT INTO topic_reads (member_id, topic_id, read_upto, above, read_count) VALUES (@author, @topic, 0, @above, 1) ON CONFLICT (member_id, topic_id) DO UPDATE SET read_count = topic_reads.read_count + 1",
            ("author", author),
            ("topic", topic),
            ("above", Array.Empty<byte>())
        );
        await Row(
            "INSERT INTO events (id, type, at, actor, data) VALUES (@id, 'boards.post-published', @at, @author, @data) RETURNING seq",
            ("id", Key(Guid.CreateVersion7())),
            ("at", at),
            ("author", author),
            (
                "data",
                $"{{\"BoardId\":{board},\"TopicId\":{topic},\"PostId\":{post},\"Number\":{number},"
                    + $"\"ParentNumber\":1,\"AuthorId\":{author}}}"
            )
        );

        async Task<object[]> Row(string sql, params (string Name, object Value)[] parameters)
        {
            await using var command = connection.CreateCommand();
            (command.CommandText, command.Transaction) = (sql, transaction);
            foreach (var (name, value) in parameters)
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, value);
                command.Parameters.Add(parameter);
            }
            await using var reader = await command.ExecuteReaderAsync();
            var values = new object[reader.FieldCount];
            if (await reader.ReadAsync()) reader.GetValues(values);
            return values;
        }
    }

    object Key(Guid key) => IsSqlite ? key.ToString().ToUpperInvariant() : key;

    const string Text = "茶は熱いうちに。\n\nThe second cup is the better one, **always**.",
        Snippet = "茶は熱いうちに。 The second cup is the better one, always.";
    const string Html = "<p>茶は熱いうちに。</p>\n<p>The second cup is the better one, <strong>always</strong>.</p>\n";
}
