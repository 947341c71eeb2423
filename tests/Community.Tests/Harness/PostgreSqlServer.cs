using System.Diagnostics;

namespace Community.Tests.Harness;

/// <summary>
/// A PostgreSQL server with its own data folder and port. It runs without fsync, even in tests that kill it:
/// what a process has written is in the system's cache and is lost only if the machine loses power. But it must have been written: in tests
/// that kill it, a commit is acknowledged only when it is in the log.
/// </summary>
/// <param name="vacuums">By itself, as a server of an operator does. Databases of tests do not live for so long.</param>
public sealed class PostgreSqlServer(bool isKilled = false, int connections = 200, bool vacuums = false) : IDisposable
{
    static readonly string bin = Find();
    // On the disk: the databases of a thousand sites are 16 GB, which may not all lie in memory. Nothing waits for the disk.
    readonly string folder = Directory.CreateDirectory($"/var/tmp/community-pg-{Guid.NewGuid():N}").FullName;
    readonly int port = Ports.Free();
    int catalogues;

    public int Port => port;

    /// <summary>Of its data.</summary>
    public string Data => $"{folder}/data";

    public PostgreSqlServer Make()
    {
        // Those of processes that were killed.
        foreach (var old in Directory.GetDirectories("/var/tmp", "community-pg-*").Where(f => Age(f) > TimeSpan.FromDays(1))) Remove(old);
        // The server refuses to run as root.
        Run("chown", "postgres", folder);
        AsPostgres($"{bin}/initdb -D {folder}/data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync");
        Start();
        return this;
    }

    /// <summary>
    /// Tests create hundreds of sites, so idle ones soon release their connections. What is measured keeps them as the product does by
    /// itself: a new connection reads the schema, and plans each statement, anew.
    /// </summary>
    public static bool ReleasesSoon { get; set; } = true;

    /// <summary>A connection string to a catalogue that does not exist yet.</summary>
    public string NewCatalogue() =>
        $"Host=127.0.0.1;Port={port};Username=postgres;Database=c{Interlocked.Increment(ref catalogues)}"
        + (ReleasesSoon ? ";Connection Idle Lifetime=5;Connection Pruning Interval=2" : "");

    /// <summary>A replica of a running server, which streams from it.</summary>
    /// <param name="primary">It has to let the user postgres replicate.</param>
    /// <param name="name">Under which it is known to the server.</param>
    public PostgreSqlServer Replicate(PostgreSqlServer primary, string name)
    {
        Run("chown", "postgres", folder);
        AsPostgres(
            $"{bin}/pg_basebackup -D {folder}/data -R -X stream -c fast --no-sync"
                + $" -d 'host=127.0.0.1 port={primary.port} user=postgres application_name={name}'"
        );
        Start();
        return this;
    }

    /// <summary>Gives a file below its data to the server's user, who alone reads it.</summary>
    public void Own(string file)
    {
        Run("chmod", "600", $"{Data}/{file}");
        Run("chown", "postgres", $"{Data}/{file}");
    }

    public void Promote() => AsPostgres($"{bin}/pg_ctl -D {folder}/data -w promote");

    public void Start() =>
        AsPostgres(
            $"{bin}/pg_ctl -D {folder}/data -w -l {folder}/log -o '-p {port} -c listen_addresses=127.0.0.1"
                + $" -c unix_socket_directories={folder} -c fsync=off -c synchronous_commit={(isKilled ? "on" : "off")}"
                // Nothing knows how large the tables are, so the cost of a query may be thought high enough to compile it.
                + $" -c full_page_writes=off -c autovacuum={(vacuums ? "on" : "off")} -c jit=off -c max_connections={connections}' start"
        );

    /// <summary>kill -9 of the server and all its child processes, as when the system runs out of memory.</summary>
    public void Kill()
    {
        var postmaster = int.Parse(File.ReadLines($"{folder}/data/postmaster.pid").First());
        using var process = Process.GetProcessById(postmaster);
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }

    /// <summary>kill -9 of the process that serves one connection: the server then ends all others and restarts.</summary>
    public static void KillBackend(int id)
    {
        using var process = Process.GetProcessById(id);
        process.Kill();
    }

    public void Dispose()
    {
        AsPostgres($"{bin}/pg_ctl -D {folder}/data -m immediate stop");
        Remove(folder);
    }

    static TimeSpan Age(string folder) => DateTime.UtcNow - Directory.GetCreationTimeUtc(folder);

    // A thousand databases take longer to delete than the runner waits for its tests' process to end.
    static void Remove(string folder)
    {
        using var process = Process.Start("rm", ["-rf", folder]);
    }

    static string Find() =>
        (
            Directory.Exists("/usr/lib/postgresql")
                ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(d => Path.Combine(d, "bin")).FirstOrDefault()
                : null
        ) ?? throw new InvalidOperationException("PostgreSQL is not installed: ./test installs it on Debian (package postgresql).");

    static void AsPostgres(string command)
    {
        if (Environment.UserName == "root") Run("runuser", "-u", "postgres", "--", "sh", "-c", command);
        else Run("sh", "-c", command);
    }

    static void Run(string file, params string[] arguments)
    {
        if (file == "chown" && Environment.UserName != "root") return;
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = false, WorkingDirectory = "/tmp" };
        // The server that pg_ctl starts would keep our output open; it logs to its own file.
        if (arguments.Any(a => a.Contains("/pg_") || a.Contains("initdb")))
            start = new ProcessStartInfo(file, [.. arguments[..^1], arguments[^1] + " >/dev/null 2>&1"]) { WorkingDirectory = "/tmp" };
        using var process = Process.Start(start)!;
        process.WaitForExit();
        if (process.ExitCode != 0 && !arguments[^1].Contains("stop"))
            throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }
}
