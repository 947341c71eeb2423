using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Npgsql;

namespace Community.Benchmarks;

/// <summary>
/// Writes many rows of one kind: by COPY on PostgreSQL, by one prepared statement on SQLite. Columns are those of EF's model, so a new one
/// is written by itself. A million posts take a minute, by EF's own saves five.
/// </summary>
sealed partial class BulkRows(SiteDb db)
{
    public async Task Insert<T>(IReadOnlyCollection<T> rows) where T : class
    {
        var type = db.Model.FindEntityType(typeof(T))!;
        var columns = type.GetProperties().Where(p => !p.IsShadowProperty()).ToList();
        await db.Database.OpenConnectionAsync();
        try
        {
            if (db.IsSqlite) await Sqlite((SqliteConnection)db.Database.GetDbConnection(), type.GetTableName()!, columns, rows);
            else await PostgreSql((NpgsqlConnection)db.Database.GetDbConnection(), type.GetTableName()!, columns, rows);
        }
        finally { await db.Database.CloseConnectionAsync(); }
    }

    static async Task Sqlite<T>(SqliteConnection connection, string table, List<IProperty> columns, IEnumerable<T> rows) where T : class
    {
        await using var transaction = connection.BeginTransaction();
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"INSERT INTO {table} ({Names(columns)}) VALUES ({string.Join(", ", columns.Select((_, i) => "@p" + i))})";
        var parameters = columns.Select((_, i) => command.Parameters.Add(new SqliteParameter { ParameterName = "@p" + i })).ToList();
        foreach (var row in rows)
        {
            for (var i = 0; i < columns.Count; i++) parameters[i].Value = Value(columns[i], row) ?? DBNull.Value;
            command.ExecuteNonQuery();
        }
        transaction.Commit();
    }

    static async Task PostgreSql<T>(NpgsqlConnection connection, string table, List<IProperty> columns, IEnumerable<T> rows) where T : class
    {
        var types = columns.ConvertAll(c => Length().Replace(c.GetColumnType(), ""));
        await using var copy = await connection.BeginBinaryImportAsync($"COPY {table} ({Names(columns)}) FROM STDIN (FORMAT BINARY)");
        foreach (var row in rows)
        {
            await copy.StartRowAsync();
            for (var i = 0; i < columns.Count; i++)
                if (Value(columns[i], row) is { } value) await copy.WriteAsync(value, types[i]);
                else await copy.WriteNullAsync();
        }
        await copy.CompleteAsync();
    }

    static string Names(List<IProperty> columns) => string.Join(", ", columns.Select(c => $"\"{c.GetColumnName()}\""));

    static object? Value(IProperty column, object row)
    {
        var value = column.GetGetter().GetClrValue(row);
        var converter = column.GetTypeMapping().Converter;
        return value is null || converter is null ? value : converter.ConvertToProvider(value);
    }

    [GeneratedRegex(@"\(.*\)")]
    private static partial Regex Length();
}
