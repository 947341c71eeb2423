using System.Buffers;

namespace Community.Mail.Smtp;

/// <summary>Puts a message into the form that follows DATA (RFC 5321 §4.5.2): every line ends with CRLF, whatever it ended
/// with before, and a line that starts with a dot gets another. Keeps its state across calls.</summary>
/// <remarks>A bare CR or LF never leaves: servers disagree on what it ends, and that smuggles second messages.</remarks>
internal sealed class DotStuffer(IBufferWriter<byte> output)
{
    private bool _afterCr;
    private bool _atLineStart = true;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var b = bytes[0];
            if (b is (byte)'\r' or (byte)'\n')
            {
                if (b != '\n' || !_afterCr) EndLine();
                _afterCr = b == '\r';
                bytes = bytes[1..];
                continue;
            }
            _afterCr = false;
            if (_atLineStart && b == '.') output.Write("."u8);
            _atLineStart = false;
            var text = bytes.IndexOfAny((byte)'\r', (byte)'\n');
            output.Write(text < 0 ? bytes : bytes[..text]);
            bytes = text < 0 ? default : bytes[text..];
        }
    }

    /// <summary>Ends the last line, if there is one; the dot itself is not written.</summary>
    public void Finish()
    {
        if (!_atLineStart) EndLine();
        _afterCr = false;
    }

    public static ReadOnlyMemory<byte> Stuff(ReadOnlySpan<byte> message)
    {
        var buffer = new ArrayBufferWriter<byte>(message.Length + 64);
        var stuffer = new DotStuffer(buffer);
        stuffer.Write(message);
        stuffer.Finish();
        return buffer.WrittenMemory;
    }

    private void EndLine()
    {
        output.Write("\r\n"u8);
        _atLineStart = true;
    }
}
