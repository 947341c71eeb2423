using System.Data.Common;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Community.Benchmarks;

/// <summary>An answer of the floor: these statements by ADO.NET, then these bytes.</summary>
sealed record FloorPage(string Path, List<Statement> Statements, string ContentType, byte[] Body);

sealed record FloorSpecification(string Source, List<FloorPage> Pages)
{
    public string Keep()
    {
        var file = Path.Combine(Places.Artifacts, $"floor-{Guid.NewGuid():N}.json");
        File.WriteAllText(file, JsonSerializer.Serialize(this));
        return file;
    }
}

/// <summary>
/// What the same work costs without the product: hand-written endpoints on the same Kestrel that send the same SQL by ADO.NET
/// and write the same bytes; for posting, the bare transaction.
/// </summary>
static class Floor
{
    public static async Task Serve(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var specification = JsonSerializer.Deserialize<FloorSpecification>(await File.ReadAllTextAsync(app.Configuration["spec"]!))!;
        var source = specification.Source.Contains("Data Source", StringComparison.OrdinalIgnoreCase)
            // The product keeps its connections by itself; the floor has the driver's pool.
            ? (DbDataSource)new SqliteSource(new SqliteConnectionStringBuilder(specification.Source) { Pooling = true }.ToString())
            : NpgsqlDataSource.Create(specification.Source);
        app.MapGet("/ready", () => "ok");
        foreach (var page in specification.Pages)
        {
            var statements = page
                .Statements.Select(s => (s.Sql, Parameters: s.Parameters.Select(p => (p.Name, Value: p.ToValue())).ToArray()))
                .ToArray();
            app.MapGet(
                page.Path,
                async http =>
                {
                    if (statements.Length > 0)
                    {
                        await using var connection = await source.OpenConnectionAsync();
                        foreach (var (sql, parameters) in statements)
                            await ReadAll(connection, sql, parameters);
                    }
                    http.Response.ContentType = page.ContentType;
                    http.Response.ContentLength = page.Body.Length;
                    await http.Response.Body.WriteAsync(page.Body);
                }
            );
        }
        var posting = new RawPosting(source);
        app.MapPost("/reply/{topic:long}", (long topic) => posting.Reply(topic));
        var hasher = new Microsoft.AspNetCore.Identity.PasswordHasher<object>(
            Microsoft.Extensions.Options.Options.Create(
                new Microsoft.AspNetCore.Identity.PasswordHasherOptions
                {
                    IterationCount = new Community.Members.MembersOptions().PasswordIterations,
                }
            )
        );
        app.MapPost(
            "/hash",
            () =>
            {
                hasher.HashPassword(app, Data.Password);
                return Results.Redirect("/done");
            }
        );
        await app.RunAsync();
    }

    static async Task ReadAll(DbConnection connection, string sql, (string Name, object Value)[] parameters)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
        await using var reader = await command.ExecuteReaderAsync();
        var values = new object[reader.FieldCount];
        while (await reader.ReadAsync()) reader.GetValues(values);
    }

    sealed class SqliteSource(string connectionString) : DbDataSource
    {
        public override string ConnectionString => connectionString;
        protected override DbConnection CreateDbConnection() => new SqliteConnection(connectionString);
    }
}
