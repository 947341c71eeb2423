using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Community.Tests.Mailing;

/// <summary>A DNS server on a loopback port that knows what it is told (RFC 1035 §4).</summary>
sealed class StubDns : IDisposable
{
    const ushort Txt = 16, Mx = 15, NoSuchName = 3;

    readonly UdpClient socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    readonly Dictionary<(string Name, ushort Type), List<byte[]>> records = [];

    public StubDns() => _ = Task.Run(Serve);

    public string Address => $"127.0.0.1:{((IPEndPoint)socket.Client.LocalEndPoint!).Port}";

    /// <summary>A text; longer ones in pieces, as in a zone.</summary>
    public StubDns Text(string name, string text)
    {
        Add(name, Txt, [.. Encoding.ASCII.GetBytes(text).Chunk(200).SelectMany(piece => (byte[])[(byte)piece.Length, .. piece])]);
        return this;
    }

    public StubDns Exchange(string name, string server)
    {
        Add(name, Mx, [0, 10, .. Labels(server)]);
        return this;
    }

    void Add(string name, ushort type, byte[] data)
    {
        lock (records)
        {
            if (!records.TryGetValue((name, type), out var all)) records[(name, type)] = all = [];
            all.Add(data);
        }
    }

    static byte[] Labels(string name) => [.. name.Split('.').SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.ASCII.GetBytes(l)]), 0];

    async Task Serve()
    {
        try
        {
            while (true)
            {
                var asked = await socket.ReceiveAsync();
                await socket.SendAsync(Answer(asked.Buffer), asked.RemoteEndPoint);
            }
        }
        catch (Exception error) when (error is ObjectDisposedException or SocketException) { /* It has ended. */ }
    }

    byte[] Answer(byte[] asked)
    {
        var (name, at) = (new List<string>(), 12);
        while (asked[at] > 0)
        {
            name.Add(Encoding.ASCII.GetString(asked, at + 1, asked[at]));
            at += asked[at] + 1;
        }
        var type = BinaryPrimitives.ReadUInt16BigEndian(asked.AsSpan(at + 1));
        var question = asked[12..(at + 5)];
        List<byte[]> found;
        lock (records) found = records.GetValueOrDefault((string.Join('.', name).ToLowerInvariant(), type)) ?? [];
        var code = (byte)(0x80 | (found.Count == 0 ? NoSuchName : 0));
        byte[] head = [asked[0], asked[1], 0x81, code, 0, 1, 0, (byte)found.Count, 0, 0, 0, 0];
        return
        [
            .. head,
            .. question,
            .. found.SelectMany(d => (byte[])[0xC0, 12, 0, (byte)type, 0, 1, 0, 0, 0, 60, (byte)(d.Length >> 8), (byte)d.Length, .. d]),
        ];
    }

    public void Dispose() => socket.Dispose();
}
