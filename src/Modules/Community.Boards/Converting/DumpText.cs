using System.Text;
using Community.Kernel;

namespace Community.Boards;

/// <summary>The text of a dump. What is no dump may be one line of any length: it ends before it takes all memory.</summary>
sealed class DumpText(Stream dump, Encoding encoding) : TextReader
{
    /// <summary>Signs of a line or value; a post's text has some thousands.</summary>
    public const int MaxLine = 64 * 1024 * 1024;

    readonly StreamReader text = new(dump, encoding, false, 64 * 1024, leaveOpen: true);
    readonly char[] buffer = new char[32 * 1024];
    int at, filled;

    bool Fill()
    {
        if (at < filled) return true;
        (at, filled) = (0, text.Read(buffer));
        return filled > 0;
    }

    public override int Peek() => Fill() ? buffer[at] : -1;

    public override int Read() => Fill() ? buffer[at++] : -1;

    /// <exception cref="FileRefused">The line is longer than any of a dump.</exception>
    public override string? ReadLine()
    {
        if (!Fill()) return null;
        StringBuilder? begun = null;
        do
        {
            var rest = buffer.AsSpan(at, filled - at);
            var end = rest.IndexOf('\n');
            var some = end < 0 ? rest : rest[..end];
            at += end < 0 ? some.Length : end + 1;
            if (end >= 0 && begun is null) return some.TrimEnd('\r').ToString();
            Require((begun ??= new()).Append(some));
            if (end >= 0) break;
        }
        while (Fill());
        return begun.ToString().TrimEnd('\r');
    }

    /// <exception cref="FileRefused">It is longer than any line or value of a dump.</exception>
    public static void Require(StringBuilder some)
    {
        if (some.Length > MaxLine) throw new FileRefused("boards.import.refused.no-dump");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) text.Dispose();
        base.Dispose(disposing);
    }
}
