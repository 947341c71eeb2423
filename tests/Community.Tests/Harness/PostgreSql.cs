namespace Community.Tests.Harness;

/// <summary>The PostgreSQL server that all tests share. It is started on first use and stopped when the test process ends.</summary>
public static class PostgreSql
{
    static readonly SemaphoreSlim gate = new(1);
    static PostgreSqlServer? server;

    /// <summary>A connection string to a catalogue that does not exist yet.</summary>
    public static async Task<string> NewCatalogue()
    {
        await gate.WaitAsync();
        try
        {
            if (server is null) AppDomain.CurrentDomain.ProcessExit += (_, _) => server!.Dispose();
            server ??= new PostgreSqlServer().Make();
        }
        finally { gate.Release(); }
        return server.NewCatalogue();
    }
}
