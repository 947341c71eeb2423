namespace Community.Benchmarks;

/// <summary>What is measured, by the word that asks for it alone: <c>./bench reading</c>.</summary>
static class Rows
{
    /// <summary>sqlite or postgresql: only on that one (<c>--on</c>); null for both.</summary>
    public static string? Database { get; set; }

    public static readonly IReadOnlyList<(string Name, Func<Report, Task> Measure)> All =
    [
        ("reading", Reading.Measure),
        ("posting", Posting.Measure),
        ("accounts", Accounts.Measure),
        ("import", MembersImport.Measure),
        ("members", MembersSearch.Measure),
        ("search", Finding.Measure),
        ("mail", Mail.Measure),
        ("sites", Sites.Measure),
        ("memory", Sites.Memory),
    ];
}
