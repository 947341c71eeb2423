using System.Runtime.CompilerServices;
using System.Text;
using MimeKit;

namespace Community.Mail;

/// <summary>Reads messages from other senders.</summary>
public static class IncomingMessage
{
    /// <summary>Maximum octets of a foreign message. Parsing 2 MB of 200,000 empty parts would take over half a gigabyte.</summary>
    public const int MaxLength = 256 * 1024;

    // Must run before MimeKit's first use: it looks up the available encodings only once. Registering twice is harmless.
#pragma warning disable CA2255 // The warning is meant for public libraries; only this program uses this one.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        Encoding.RegisterProvider(new JapaneseLabels());
    }

    /// <exception cref="FormatException">It is not a message, or is longer than <paramref name="maxLength"/>.</exception>
    public static MimeMessage Read(ReadOnlyMemory<byte> bytes, int maxLength = MaxLength)
    {
        if (bytes.Length > maxLength) throw new FormatException($"The message is longer than {maxLength} octets.");
        using var stream = new MemoryStream(bytes.ToArray(), writable: false);
        return MimeMessage.Load(stream);
    }

    /// <summary>Encoding names that mail programs use and .NET does not know.</summary>
    sealed class JapaneseLabels : EncodingProvider
    {
        static readonly Dictionary<string, string> names = new(StringComparer.OrdinalIgnoreCase)
        {
            ["windows-31j"] = "shift_jis",
            ["cp932"] = "shift_jis",
            ["ms932"] = "shift_jis",
            ["x-sjis"] = "shift_jis",
            ["sjis"] = "shift_jis",
            ["iso-2022-jp-1"] = "iso-2022-jp",
            ["iso-2022-jp-2"] = "iso-2022-jp",
            ["iso-2022-jp-3"] = "iso-2022-jp",
            ["iso-2022-jp-ms"] = "iso-2022-jp",
            ["cp50220"] = "iso-2022-jp",
            ["cp50221"] = "iso-2022-jp",
            ["x-euc-jp"] = "euc-jp",
            ["eucjp-ms"] = "euc-jp",
            ["cp51932"] = "euc-jp",
        };

        public override Encoding? GetEncoding(int codepage) => null;

        public override Encoding? GetEncoding(string name) =>
            names.TryGetValue(name, out var known) ? CodePagesEncodingProvider.Instance.GetEncoding(known) : null;
    }
}
