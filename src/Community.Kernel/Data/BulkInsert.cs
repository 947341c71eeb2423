using System.Collections.Concurrent;
using System.Data.Common;
using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Community.Kernel;

/// <summary>
/// Inserts many rows without tracking them: by a prepared statement on SQLite, by binary COPY on PostgreSQL. Columns and conversions are
/// those of the model.
/// </summary>
public static class BulkInsert
{
    sealed record Column(string Name, Func<object, object?> Value, NpgsqlDbType? Type);

    static readonly ConcurrentDictionary<(IModel, Type, bool), Column[]> known = new();

    /// <summary>Inserts the rows, in the open change. A key that the database generates is left out if the first row has none.</summary>
    /// <exception cref="DbException">Such as a duplicate: see <see cref="Failures"/>.</exception>
    public static async Task InsertAll<T>(this SiteDb db, IReadOnlyList<T> rows, CancellationToken ct = default) where T : class
    {
        if (rows.Count == 0) return;
        var entity = db.Model.FindEntityType(typeof(T))!;
        var generated = entity.FindPrimaryKey()!.Properties is [{ ValueGenerated: ValueGenerated.OnAdd } key]
            && key.PropertyInfo!.GetValue(rows[0]) is 0L or 0;
        var columns = known.GetOrAdd((db.Model, typeof(T), generated), _ => Of(entity, generated));
        var into = $"{entity.GetTableName()} ({string.Join(", ", columns.Select(c => c.Name))})";
        if (db.Database.GetDbConnection() is NpgsqlConnection connection) await Copy(connection, into, columns, rows, ct);
        else await Insert(db, into, columns, rows, ct);
    }

    /// <summary>Ids that the table's generator gives to nobody else, in the open change.</summary>
    public static async Task<List<long>> TakeIds<T>(this SiteDb db, int count, CancellationToken ct = default) where T : class
    {
        var table = db.Model.FindEntityType(typeof(T))!.GetTableName()!;
        if (!db.IsSqlite)
            return await db
                .Database.SqlQuery<long>(
                    $"SELECT nextval(pg_get_serial_sequence({table}, 'id')) AS \"Value\" FROM generate_series(1, {count})"
                )
                .ToListAsync(ct);
        // AUTOINCREMENT: the number of the last row that there ever was. The change holds the write gate.
        var last = await db.Database.SqlQuery<long>($"SELECT seq AS \"Value\" FROM sqlite_sequence WHERE name = {table}").ToListAsync(ct);
        return [.. Enumerable.Range(1, count).Select(n => last.FirstOrDefault() + n)];
    }

    /// <summary>
    /// Has PostgreSQL count anew what is in these tables, once they have grown by many rows: it keeps the plans of prepared statements, and
    /// those made while a table was nearly empty read the whole of it. Not in a change.
    /// </summary>
    public static async Task RefreshStatistics(this SiteDb db, CancellationToken ct, params Type[] tables)
    {
        if (db.IsSqlite) return;
        var names = tables.Select(t => db.Model.FindEntityType(t)!.GetTableName());
#pragma warning disable EF1002 // The tables' names come from the model, never from a request.
        await db.Database.ExecuteSqlRawAsync($"ANALYZE {string.Join(", ", names)}", ct);
#pragma warning restore EF1002
    }

    static Column[] Of(IEntityType entity, bool generated) =>
        [
            .. entity.GetProperties().Where(p => p.PropertyInfo is not null && !(generated && p.IsPrimaryKey())).Select(p =>
            {
                var mapping = p.GetRelationalTypeMapping();
                var (row, getter) = (Expression.Parameter(typeof(object)), p.PropertyInfo!);
                var read = Expression.Lambda<Func<object, object?>>(
                    Expression.Convert(Expression.Property(Expression.Convert(row, getter.DeclaringType!), getter), typeof(object)), row
                ).Compile();
                var convert = mapping.Converter?.ConvertToProvider;
                var type = mapping.GetType().GetProperty("NpgsqlDbType")?.GetValue(mapping) as NpgsqlDbType?;
                return new Column(
                    '"' + p.GetColumnName() + '"',
                    convert is null ? read : e => read(e) is { } value ? convert(value) : null,
                    type
                );
            }),
        ];

    static async Task Insert<T>(SiteDb db, string into, Column[] columns, IReadOnlyList<T> rows, CancellationToken ct) where T : class
    {
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.Transaction = db.Database.CurrentTransaction!.GetDbTransaction();
        command.CommandText = $"INSERT INTO {into} VALUES ({string.Join(", ", columns.Select((_, i) => "@p" + i))})";
        var parameters = columns.Select((_, i) =>
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = "@p" + i;
            command.Parameters.Add(parameter);
            return parameter;
        }).ToArray();
        foreach (var row in rows)
        {
            for (var i = 0; i < columns.Length; i++) parameters[i].Value = columns[i].Value(row) ?? DBNull.Value;
            await command.ExecuteNonQueryAsync(ct);
        }
    }

    static async Task Copy<T>(NpgsqlConnection connection, string into, Column[] columns, IReadOnlyList<T> rows, CancellationToken ct)
        where T : class
    {
        await using var copy = await connection.BeginBinaryImportAsync($"COPY {into} FROM STDIN (FORMAT BINARY)", ct);
        foreach (var row in rows)
        {
            await copy.StartRowAsync(ct);
            foreach (var column in columns)
                if (column.Value(row) is not { } value) await copy.WriteNullAsync(ct);
                else if (column.Type is { } type) await copy.WriteAsync(value, type, ct);
                else await copy.WriteAsync(value, ct);
        }
        await copy.CompleteAsync(ct);
    }
}
