using System.Net.Security;
using System.Net.Sockets;

namespace Community.Mail.Smtp;

/// <summary>The socket, TLS upon it, and the reader of replies.</summary>
internal sealed class SmtpConnection : IDisposable
{
    // A TLS session ticket makes the socket readable without a reply; a real one arrives within this time.
    private static readonly TimeSpan TicketGrace = TimeSpan.FromMilliseconds(20);

    private readonly Socket _socket;
    private readonly SmtpReplyReader _reader;
    private readonly byte[] _early = new byte[4096];
    private Stream _stream;
    private Task<int>? _pending;

    public SmtpConnection(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = new SmtpReplyReader(ReadAsync);
    }

    public ProtocolLogger? Log { get; init; }

    public Socket Socket => _socket;

    public ValueTask<SmtpReply> ReadReplyAsync(CancellationToken cancellationToken) => _reader.ReadAsync(Log, cancellationToken);

    /// <summary>Whole commands only: some servers take a part of a line for the line.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(bytes, cancellationToken);
        await _stream.FlushAsync(cancellationToken);
    }

    /// <summary>Looks without waiting whether the server said something unasked, or went away.</summary>
    public async ValueTask<bool> HasUnaskedInputAsync()
    {
        if (_reader.HasBufferedInput) return true;
        if (_pending is not null) return _pending.IsCompleted;
        if (!_socket.Poll(0, SelectMode.SelectRead)) return false;
        _pending = _stream.ReadAsync(_early).AsTask();
        return await Task.WhenAny(_pending, Task.Delay(_stream is SslStream ? TicketGrace : TimeSpan.FromSeconds(1))) == _pending;
    }

    public async Task<SslStream> StartTlsAsync(SslClientAuthenticationOptions options, CancellationToken cancellationToken)
    {
        // Bytes already here came before TLS: somebody put words into the server's mouth.
        if (_reader.HasBufferedInput)
            throw new SmtpReplyException("The server spoke on after it agreed to STARTTLS: an attack, or broken.");
        _reader.Discard();
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = tls;
        await tls.AuthenticateAsClientAsync(options, cancellationToken);
        return tls;
    }

    private async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_pending is null) return await _stream.ReadAsync(buffer, cancellationToken);
        var length = await _pending.WaitAsync(cancellationToken);
        _pending = null;
        _early.AsMemory(0, length).CopyTo(buffer);
        return length;
    }

    public void Dispose()
    {
        // TLS would wait to say farewell; the socket goes first.
        _socket.Dispose();
        _stream.Dispose();
        _ = _pending?.ContinueWith(t => t.Exception, TaskScheduler.Default);
    }
}
