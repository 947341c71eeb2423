using System.Diagnostics;

namespace Community.Tests.Harness;

/// <summary>A PostgreSQL server of the tests' own: a data folder and a port of its own, no fsync, gone with the tests.</summary>
public static class PostgreSql
{
    static readonly SemaphoreSlim gate = new(1);
    static string? server;
    static int catalogues;

    /// <summary>Connection string to a catalogue that does not exist yet.</summary>
    public static async Task<string> NewCatalogue()
    {
        await gate.WaitAsync();
        try { server ??= Start(); }
        finally { gate.Release(); }
        return $"{server};Database=c{Interlocked.Increment(ref catalogues)}";
    }

    static string Start()
    {
        var bin = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(d => Path.Combine(d, "bin")).FirstOrDefault() : null;
        if (bin is null) throw new InvalidOperationException("PostgreSQL is not installed: ./test installs it on Debian (package postgresql).");
        var folder = Directory.CreateTempSubdirectory("community-pg-").FullName;
        var port = TestHost.FreePort();
        // The server refuses to run as root.
        Run("chown", "postgres", folder);
        AsPostgres($"{bin}/initdb -D {folder}/data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync");
        AsPostgres($"{bin}/pg_ctl -D {folder}/data -w -l {folder}/log -o '-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=400' start");
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            AsPostgres($"{bin}/pg_ctl -D {folder}/data -m immediate stop");
            Directory.Delete(folder, recursive: true);
        };
        return $"Host=127.0.0.1;Port={port};Username=postgres";
    }

    static void AsPostgres(string command)
    {
        if (Environment.UserName == "root") Run("runuser", "-u", "postgres", "--", "sh", "-c", command);
        else Run("sh", "-c", command);
    }

    static void Run(string file, params string[] arguments)
    {
        if (file == "chown" && Environment.UserName != "root") return;
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = false, WorkingDirectory = "/tmp" };
        // pg_ctl's server would keep our output open; it logs into its own file.
        if (arguments.Any(a => a.Contains("pg_ctl") || a.Contains("initdb"))) start = new ProcessStartInfo(file, [.. arguments[..^1], arguments[^1] + " >/dev/null 2>&1"]) { WorkingDirectory = "/tmp" };
        using var process = Process.Start(start)!;
        process.WaitForExit();
        if (process.ExitCode != 0 && !arguments[^1].Contains("stop")) throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }
}
