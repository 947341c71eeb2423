using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>Statements that are sent very often, and tell numbers.</summary>
public static class NumbersOf
{
    extension(SiteDb db)
    {
        /// <summary>
        /// What a statement tells in its first column, such as the ids behind RETURNING. It is sent as it is; of <c>SqlQuery</c> with
        /// parameters EF makes a query, and writes its SQL anew, each time.
        /// </summary>
        public async Task<List<long>> Numbers(FormattableString sql, CancellationToken ct = default)
        {
            var services = ((IInfrastructure<IServiceProvider>)db).Instance;
            var raw = services.GetRequiredService<IRawSqlCommandBuilder>().Build(sql.Format, sql.GetArguments()!, db.Model);
            await using var reader = await raw.RelationalCommand.ExecuteReaderAsync(
                new(
                    services.GetRequiredService<IRelationalConnection>(),
                    raw.ParameterValues,
                    null,
                    db,
                    services.GetRequiredService<IRelationalCommandDiagnosticsLogger>(),
                    CommandSource.FromSqlQuery
                ),
                ct
            );
            var numbers = new List<long>();
            while (await reader.ReadAsync(ct)) numbers.Add(reader.DbDataReader.GetInt64(0));
            return numbers;
        }
    }
}
