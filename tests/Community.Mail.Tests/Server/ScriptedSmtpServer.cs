using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Community.Mail.Tests.Server;

/// <summary>An SMTP server on a free loopback port that misbehaves as it is told, byte by byte, and writes down what it got.</summary>
/// <example><code>
/// await using var server = new ScriptedSmtpServer().Offer("PIPELINING").On("RCPT", "550 5.1.1 Unknown").On(".",
/// ScriptedReply.Close).Start();
/// </code></example>
public sealed class ScriptedSmtpServer(string address = "127.0.0.1", int port = 0) : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Parse(address), port);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<ScriptedReply>> _script = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Task> _sessions = [];
    private readonly List<string> _offers = [];
    private Task _accepting = Task.CompletedTask;

    public string Host => address;

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Every command line, in order, of all connections.</summary>
    public ConcurrentQueue<string> Commands { get; } = new();

    /// <summary>The octets of every read, to see what came together.</summary>
    public ConcurrentQueue<string> Writes { get; } = new();

    /// <summary>Messages whose dot came: without the dot line, dots unstuffed.</summary>
    public ConcurrentQueue<byte[]> Messages { get; } = new();

    /// <summary>The same as they were on the wire, dots stuffed.</summary>
    public ConcurrentQueue<byte[]> RawMessages { get; } = new();

    /// <summary>How many messages ended without a dot.</summary>
    public int Unfinished => _unfinished;

    internal int _unfinished;

    public int Connections { get; private set; }

    public bool ImplicitTls { get; set; }

    /// <summary>Extra EHLO keywords; the answer under TLS leaves STARTTLS out.</summary>
    public ScriptedSmtpServer Offer(params string[] keywords)
    {
        _offers.AddRange(keywords);
        return this;
    }

    /// <summary>Answers the verb (CONNECT, EHLO, MAIL, RCPT, DATA, <c>.</c>, …) with these, one each time, the last for ever.
    /// <c>RCPT anna@example.org</c>, <c>. anna@example.org</c>: only for this recipient.</summary>
    public ScriptedSmtpServer On(string verb, params ScriptedReply[] replies)
    {
        _script[verb] = new(replies);
        return this;
    }

    public ScriptedSmtpServer Start()
    {
        _listener.Start();
        _accepting = AcceptAsync();
        return this;
    }

    internal IReadOnlyList<string> Offers => _offers;

    internal X509Certificate2 Certificate => SelfSigned.Certificate;

    internal ScriptedReply? Next(string verb)
    {
        if (!_script.TryGetValue(verb, out var replies)) return null;
        // Two sessions must not both take what stays as the last.
        lock (replies) return replies.Count > 1 && replies.TryDequeue(out var reply) ? reply : replies.TryPeek(out var last) ? last : null;
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            TcpClient client;
            try { client = await _listener.AcceptTcpClientAsync(_stop.Token); }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException) { return; }
            Connections++;
            lock (_sessions) _sessions.Add(Task.Run(() => new ScriptedSession(this, client).RunAsync(_stop.Token)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        Task[] sessions;
        lock (_sessions) sessions = [.. _sessions];
        await Task.WhenAll(sessions);
    }

    /// <summary>Waits until every connection so far has ended.</summary>
    public async Task IdleAsync()
    {
        Task[] sessions;
        lock (_sessions) sessions = [.. _sessions];
        await Task.WhenAll(sessions).WaitAsync(TimeSpan.FromSeconds(10));
    }
}
