namespace Community.Tests.Harness;

/// <summary>The PostgreSQL server that all tests share; it is started when one asks for it, and gone with them.</summary>
public static class PostgreSql
{
    static readonly SemaphoreSlim gate = new(1);
    static PostgreSqlServer? server;

    /// <summary>Connection string to a catalogue that does not exist yet.</summary>
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
