using System.IO.Compression;
using System.Text;

namespace Community.Boards;

/// <summary>A backup on the disk, however it is packed and written.</summary>
static class DumpFile
{
    /// <summary>What is in it, unpacked if it is gzip, whatever it is called.</summary>
    public static Stream Open(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.SequentialScan);
        var isPacked = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        return isPacked ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    /// <summary>What its texts are written in: dumps of old forums say it nowhere.</summary>
    public static Encoding EncodingOf(string path)
    {
        using var file = Open(path);
        return SourceForm.CharsetOf(file) is { } charset and not "iso-2022-jp" ? MailCharsets.Of(charset) : new UTF8Encoding(false);
    }
}
