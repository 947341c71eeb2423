using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Community.Benchmarks;

/// <summary>The transaction of a reply by hand: the same rows read, locked, inserted and updated, nothing else.</summary>
sealed class RawPosting(DbDataSource source)
{
    readonly SemaphoreSlim gate = new(1);

    public Task<IResult> Reply(long topic) { _ = (gate, source); throw new NotImplementedException(); }
}
