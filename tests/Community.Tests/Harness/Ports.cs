using System.Net;
using System.Net.Sockets;

namespace Community.Tests.Harness;

/// <summary>
/// Loopback ports for the tests' servers. They are below the range from which Linux takes ports for outgoing connections, and
/// reserved by a locked file until this process ends, so that two test runs on one machine do not get the same port.
/// </summary>
static class Ports
{
    const int First = 12_000, Last = 32_000;
    static readonly string folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "community-test-ports")).FullName;
    static readonly List<FileStream> reserved = [];
    static int next = First + Environment.ProcessId * 61 % (Last - First);

    /// <summary>A port that nobody listens on, reserved for the caller.</summary>
    public static int Free()
    {
        lock (reserved)
            for (var tries = 0; tries < Last - First; tries++)
            {
                next = next < Last ? next + 1 : First;
                if (Reserve(next)) return next;
            }
        throw new InvalidOperationException($"No port between {First} and {Last} is free.");
    }

    static bool Reserve(int port)
    {
        try
        {
            reserved.Add(new(Path.Combine(folder, port.ToString()), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1));
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or SocketException) { return false; }
    }
}
