using System.Text;
using Community.Mail.Mime;

namespace Community.Mail.Smtp;

/// <summary>Puts replies together from bytes however they arrive. Tolerates LF alone, missing text and Latin-1.</summary>
internal sealed class SmtpReplyReader(Func<Memory<byte>, CancellationToken, ValueTask<int>> read)
{
    private const int MaxReplyLength = 64 * 1024;

    private readonly byte[] _buffer = new byte[4096];
    private int _start, _end;

    public bool HasBufferedInput => _start < _end;

    public void Discard() => _start = _end = 0;

    /// <exception cref="SmtpReplyException">The connection ended, or what came is no reply.</exception>
    public async ValueTask<SmtpReply> ReadAsync(ProtocolLogger? log, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        int? code = null;
        for (var size = 0; ;)
        {
            var line = await LineAsync(MaxReplyLength - size, cancellationToken);
            size += line.Length + 2;
            log?.Server(line);
            if (line.Length < 3 || line.AsSpan(0, 3).ContainsAnyExceptInRange('0', '9') || (line.Length > 3 && line[3] is not (' ' or '-')))
                throw new SmtpReplyException("The server sent a line that is no reply.");
            var number = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
            if (number is < 200 or > 599)
                throw new SmtpReplyException($"The server sent the reply code {number}.");
            if (code is not null && code != number)
                throw new SmtpReplyException($"The server mixed the codes {code} and {number} in one reply.");
            code = number;
            lines.Add(line.Length > 4 ? line[4..].Trim() : "");
            if (line.Length == 3 || line[3] == ' ') return new SmtpReply(number, lines);
        }
    }

    private async ValueTask<string> LineAsync(int limit, CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        while (true)
        {
            while (_start < _end)
            {
                var b = _buffer[_start++];
                if (b == '\n') return Decode(line);
                line.Add(b);
                if (line.Count > limit) throw new SmtpReplyException("The server's reply does not end.");
            }
            _start = 0;
            _end = await read(_buffer, cancellationToken);
            if (_end == 0) throw new SmtpReplyException("The server closed the connection.");
        }
    }

    private static string Decode(List<byte> line)
    {
        var bytes = line.ToArray().AsSpan().TrimEnd((byte)'\r');
        try { return HeaderRules.Clean(EncodedWord.Utf8.GetString(bytes)); }
        catch (DecoderFallbackException) { return HeaderRules.Clean(Encoding.Latin1.GetString(bytes)); }
    }
}
