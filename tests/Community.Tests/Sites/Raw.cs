using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Community.Tests.Sites;

/// <summary>One request as bytes on a socket, from a chosen loopback address: what a proxy, a stranger or an attacker may send.</summary>
static class Raw
{
    public sealed record Answer(int Status, string Head, string Body)
    {
        public string? Header(string name) =>
            Head.Split("\r\n")
                .Skip(1)
                .Where(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
                .Select(l => l[(name.Length + 1)..].Trim())
                .FirstOrDefault();
    }

    public static async Task<Answer> Get(int port, string target, string? host, string from = "127.0.0.1", params string[] headers)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await using var stream = new NetworkStream(socket);
        var lines = new[] { $"GET {target} HTTP/1.1", host is null ? null : "Host: " + host, "Connection: close" }
            .OfType<string>()
            .Concat(headers);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n"));
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        var text = Encoding.UTF8.GetString(all.ToArray());
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return new(int.Parse(text.Split(' ')[1]), text[..end], text[(end + 4)..]);
    }
}
