namespace Community.Boards;

/// <summary>
/// Quotes a mail that comes in pieces as mboxrd: a line that begins with <c>From </c>, or with that behind signs <c>&gt;</c>, gets one
/// more sign.
/// </summary>
sealed class MboxQuotes
{
    int signs, seen;
    bool begins = true;

    static ReadOnlySpan<byte> From => "From "u8;

    /// <summary>What can be written of it so far.</summary>
    public ReadOnlyMemory<byte> Of(ReadOnlySpan<byte> piece)
    {
        var quoted = new MemoryStream(piece.Length + 16);
        foreach (var octet in piece)
        {
            if (begins && seen == 0 && octet == '>')
            {
                signs++;
                continue;
            }
            if (begins && octet == From[seen])
            {
                if (++seen < From.Length) continue;
                signs++;
                Begin(quoted);
                continue;
            }
            if (begins) Begin(quoted);
            quoted.WriteByte(octet);
            begins = octet == '\n';
        }
        return quoted.GetBuffer().AsMemory(0, (int)quoted.Length);
    }

    /// <summary>What was held back of the last line.</summary>
    public ReadOnlyMemory<byte> Rest()
    {
        var rest = new MemoryStream();
        Begin(rest);
        return rest.ToArray();
    }

    void Begin(MemoryStream to)
    {
        for (; signs > 0; signs--) to.WriteByte((byte)'>');
        to.Write(From[..seen]);
        (seen, begins) = (0, false);
    }
}
