using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Community.Mail.Tests.Server;

/// <summary>Postfix's own test server in a process of its own: every message lands in a file.</summary>
public sealed class SmtpSink : IAsyncDisposable
{
    public const string Program = "/usr/sbin/smtp-sink";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sink");
    private readonly Process _process;

    private SmtpSink(int port, string[] options)
    {
        Port = port;
        var start = new ProcessStartInfo(Program) { WorkingDirectory = _folder.FullName, RedirectStandardError = true };
        foreach (var word in (string[])[.. Privileges(), .. options, "-d", "m.", $"127.0.0.1:{port}", "100"]) start.ArgumentList.Add(word);
        _process = Process.Start(start)!;
    }

    public int Port { get; }

    /// <param name="options">Such as <c>-q .</c>: hang up after the dot.</param>
    public static async Task<SmtpSink> StartAsync(params string[] options)
    {
        Assert.SkipUnless(File.Exists(Program), "smtp-sink is not installed");
        var sink = new SmtpSink(FreePort(), options);
        for (var i = 0; i < 200; i++)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, sink.Port);
                return sink;
            }
            catch (SocketException) { await Task.Delay(20); }
        }
        throw new InvalidOperationException("smtp-sink did not start: " + await sink._process.StandardError.ReadToEndAsync());
    }

    /// <summary>The messages so far: without the sink's own header lines, with LF for CRLF as the sink writes it.</summary>
    public async Task<IReadOnlyList<string>> MessagesAsync(int expected)
    {
        for (var i = 0; i < 100 && _folder.GetFiles().Length < expected; i++) await Task.Delay(10);
        await Task.Delay(20);
        return [.. _folder.GetFiles().Select(f => File.ReadAllText(f.FullName))];
    }

    // As root it wants a user to become, who must be able to write the files.
    private string[] Privileges()
    {
        if (Environment.UserName != "root") return [];
        if (!OperatingSystem.IsWindows()) _folder.UnixFileMode = (UnixFileMode)0b111_111_111;
        return ["-u", "postfix"];
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(true);
    }
}
