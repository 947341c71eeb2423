using Xunit.v3;

namespace Community.Tests.Harness;

/// <summary>
/// The test depends on the database: on its SQL, locks, order of text, migrations, queues, or on what two do at once. <c>./test</c> runs
/// it on SQLite and on PostgreSQL, all others on SQLite alone. What must have it says <see cref="House.DatabaseTests"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class OnBothDatabasesAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("on", "both")];
}
