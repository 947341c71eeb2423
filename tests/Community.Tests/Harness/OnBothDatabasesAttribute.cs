using Xunit.v3;

namespace Community.Tests.Harness;

/// <summary>
/// The test depends on the database: on its SQL, locks, text order, migrations, queues, or on concurrency. <c>./test</c> runs
/// it on SQLite and on PostgreSQL, all others on SQLite alone. <see cref="House.DatabaseTests"/> checks which tests need it.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class OnBothDatabasesAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("on", "both")];
}
