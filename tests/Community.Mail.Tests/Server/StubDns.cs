using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Community.Mail.Tests.Server;

/// <summary>A name server on a free loopback port, with the records that a test gives it; it can fail or stay silent.</summary>
public sealed class StubDns : IAsyncDisposable
{
    const int A = 1, Cname = 5, Mx = 15, Txt = 16, Aaaa = 28;

    readonly UdpClient socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    readonly ConcurrentDictionary<(string Name, int Type), List<byte[]>> records = [];
    readonly ConcurrentDictionary<string, string> aliases = [];
    readonly ConcurrentDictionary<(string Name, int Type), int> failing = [];
    readonly CancellationTokenSource stop = new();
    readonly Task serving;

    /// <summary>An answer of no code at all: silence.</summary>
    public const int Silence = -1;
    public const int ServerFailure = 2, Refused = 5;

    public StubDns() => serving = Serve();

    public IPEndPoint Address => (IPEndPoint)socket.Client.LocalEndPoint!;

    /// <summary>Every question, as <c>MX example.org</c>.</summary>
    public ConcurrentQueue<string> Questions { get; } = new();

    /// <summary>In seconds.</summary>
    public uint TimeToLive { get; set; } = 300;

    public StubDns WithMx(string name, int preference, string host) =>
        Add(name, Mx, [(byte)(preference >> 8), (byte)preference, .. NameOf(host)]);

    public StubDns WithAddress(string name, string address)
    {
        var parsed = IPAddress.Parse(address);
        return Add(name, parsed.AddressFamily is AddressFamily.InterNetwork ? A : Aaaa, parsed.GetAddressBytes());
    }

    /// <summary>A text; longer ones in pieces, as in a zone (RFC 1035 §3.3.14).</summary>
    public StubDns WithText(string name, string text) =>
        Add(name, Txt, [.. Encoding.ASCII.GetBytes(text).Chunk(200).SelectMany(piece => (byte[])[(byte)piece.Length, .. piece])]);

    public StubDns WithAlias(string name, string to)
    {
        aliases[name] = to;
        return this;
    }

    /// <param name="type">MX, A, AAAA or TXT.</param>
    public StubDns Failing(string name, string type, int code)
    {
        failing[(name, Number(type))] = code;
        return this;
    }

    public void Mended(string name, string type) => failing.TryRemove((name, Number(type)), out _);

    static int Number(string type) => type switch
    {
        "MX" => Mx,
        "A" => A,
        "AAAA" => Aaaa,
        "TXT" => Txt,
        _ => throw new ArgumentException(type),
    };

    StubDns Add(string name, int type, byte[] data)
    {
        records.GetOrAdd((name, type), _ => []).Add(data);
        return this;
    }

    async Task Serve()
    {
        while (true)
        {
            UdpReceiveResult asked;
            try { asked = await socket.ReceiveAsync(stop.Token); }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException) { return; }
            if (Answer(asked.Buffer) is { } answer) await socket.SendAsync(answer, asked.RemoteEndPoint);
        }
    }

    byte[]? Answer(byte[] query)
    {
        var (labels, at) = (new List<string>(), 12);
        for (; query[at] != 0; at += query[at] + 1) labels.Add(Encoding.ASCII.GetString(query, at + 1, query[at]));
        var (name, type) = (string.Join('.', labels).ToLowerInvariant(), BinaryPrimitives.ReadUInt16BigEndian(query.AsSpan(at + 1)));
        Questions.Enqueue($"{type switch { Mx => "MX", A => "A", Aaaa => "AAAA", Txt => "TXT", _ => $"{type}" }} {name}");
        var code = 0;
        if (failing.TryGetValue((name, type), out var failure))
        {
            if (failure == Silence) return null;
            code = failure;
        }
        List<byte[]> answers = [];
        var owner = name;
        if (code == 0 && aliases.TryGetValue(name, out var real))
        {
            answers.Add(Record(name, Cname, NameOf(real)));
            owner = real;
        }
        if (code == 0)
        {
            if (records.TryGetValue((owner, type), out var found)) answers.AddRange(found.Select(d => Record(owner, type, d)));
            else if (!records.Keys.Any(k => k.Name == owner || k.Name.EndsWith("." + owner, StringComparison.Ordinal))) code = 3;
        }
        byte[] header = [query[0], query[1], 0x84, (byte)(0x80 | code), 0, 1, 0, (byte)answers.Count, 0, 0, 0, 0];
        return [.. header, .. query.AsSpan(12, at + 5 - 12), .. answers.SelectMany(a => a)];
    }

    byte[] Record(string name, int type, byte[] data)
    {
        var fixedPart = new byte[10];
        BinaryPrimitives.WriteUInt16BigEndian(fixedPart, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(fixedPart.AsSpan(2), 1);
        BinaryPrimitives.WriteUInt32BigEndian(fixedPart.AsSpan(4), TimeToLive);
        BinaryPrimitives.WriteUInt16BigEndian(fixedPart.AsSpan(8), (ushort)data.Length);
        return [.. NameOf(name), .. fixedPart, .. data];
    }

    static byte[] NameOf(string name) =>
        [
            .. name.Split('.', StringSplitOptions.RemoveEmptyEntries)
                .SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.ASCII.GetBytes(l)]),
            0,
        ];

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await serving;
        socket.Dispose();
        stop.Dispose();
    }
}
