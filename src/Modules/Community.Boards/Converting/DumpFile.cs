using System.Text;
using Community.Kernel;

namespace Community.Boards;

/// <summary>A backup on the disk, however it is packed and written.</summary>
static class DumpFile
{
    /// <summary>What is in it, unpacked, whatever it is called.</summary>
    /// <exception cref="FileRefused">It is packed in a way that is not read, or larger than it may be.</exception>
    public static Stream Open(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.SequentialScan);
        try { return PackedFile.Open(file); }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>What its texts are written in: dumps of old forums say it nowhere.</summary>
    public static Encoding EncodingOf(string path)
    {
        using var file = Open(path);
        return SourceForm.CharsetOf(file) is { } charset and not "iso-2022-jp" ? MailCharsets.Of(charset) : new UTF8Encoding(false);
    }
}
