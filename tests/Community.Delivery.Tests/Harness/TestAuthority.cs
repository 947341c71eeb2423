using System.Diagnostics;

namespace Community.Bulk.Tests.Harness;

/// <summary>An authority and its certificates, made by tools/certificates as an operator makes them.</summary>
public sealed class TestAuthority : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("community-tls-").FullName;

    public TestAuthority()
    {
        // PostgreSQL and its user have to get there.
        using (var open = Process.Start("chmod", ["755", folder])) open.WaitForExit();
        Run("authority", Folder);
        foreach (var (name, user) in new[] { ("broker", "broker"), ("ledger", "ledger"), ("web", "community"), ("engine", "engine") })
            Make(name, user, "localhost");
    }

    public string Folder => folder + "/tls";

    public string Ca => File("ca");

    public string File(string name) => $"{Folder}/{name}.pem";

    /// <param name="days">How long it holds; below zero it has expired.</param>
    public string Make(string name, string user, string host, int days = 90)
    {
        Run("make", days, Folder, name, user, host);
        return File(name);
    }

    public void RenewAll() => Run("renew", Folder, "100");

    static void Run(string command, params object[] words) => Run(command, words is [int days, ..] ? days : 90, words);

    static void Run(string command, int days, object[] words)
    {
        using var made = Process.Start(new ProcessStartInfo(
            Path.Combine(Repository.Root, "tools", "certificates"), [command, .. words.OfType<string>()])
        {
            Environment = { ["CERTIFICATE_DAYS"] = days.ToString() },
        })!;
        made.WaitForExit();
        if (made.ExitCode != 0) throw new InvalidOperationException($"tools/certificates {command} ended with {made.ExitCode}");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
