namespace Community.Mail.Smtp;

/// <summary>Writes down a conversation: <c>S:</c> and <c>C:</c> lines. Passwords never reach it, and of messages only the length.</summary>
public sealed class ProtocolLogger(TextWriter writer)
{
    internal void Server(string line) => Write("S: " + line);

    internal void Client(string line) => Write("C: " + line);

    internal void Secret(string before) => Write($"C: {before}********");

    internal void Message(int octets) => Write($"C: [{octets} octets of message]");

    private void Write(string line)
    {
        lock (writer) writer.WriteLine(line);
    }
}
