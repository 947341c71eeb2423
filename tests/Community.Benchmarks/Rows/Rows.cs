namespace Community.Benchmarks;

/// <summary>What is measured, by the word that asks for it alone: <c>./bench reading</c>.</summary>
static class Rows
{
    /// <summary>sqlite or postgresql: only on that one (<c>--on</c>); null for both.</summary>
    public static string? Database { get; set; }

    /// <summary>A folder whose data are used, or made and kept (<c>--data</c>); null for data of this run alone.</summary>
    public static string? Data { get; set; }

    /// <summary>The catalogue on a PostgreSQL server that goes on (<c>--database</c>); null for a server of this run alone.</summary>
    public static string? Server { get; set; }

    /// <summary>Makes the data and measures nothing (<c>--fill</c>).</summary>
    public static bool FillOnly { get; set; }

    public static readonly IReadOnlyList<(string Name, Func<Report, Task> Measure)> All =
    [
        ("reading", Reading.Measure),
        ("size", Size.Measure),
        ("posting", Posting.Measure),
        ("notify", Following.Measure),
        ("accounts", Accounts.Measure),
        ("import", MembersImport.Measure),
        ("import posts", PostsImport.Measure),
        ("members", MembersSearch.Measure),
        ("export", MembersExport.Measure),
        ("search", Finding.Measure),
        ("mail", Mail.Measure),
        ("delivery", Engine.Measure),
        ("hits", Hits.Measure),
        ("kills", Kills.Measure),
        ("freeze", Freeze.Measure),
        ("results", MailingPages.Measure),
        ("sites", Sites.Measure),
        ("memory", Sites.Memory),
    ];
}
