using System.Globalization;
using System.Text;

namespace Community.Kernel;

/// <summary>The name under which a file was sent, made safe to show and to save.</summary>
public static class FileName
{
    /// <summary>In characters (UTF-16), with the extension.</summary>
    public const int MaxLength = 120;

    /// <summary>Names that Windows keeps for devices, whatever extension follows.</summary>
    static readonly HashSet<string> devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
        "COM¹", "COM²", "COM³", "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9", "LPT¹", "LPT²", "LPT³",
    };

    /// <summary>
    /// The last part of a path, without characters that cannot be seen or that turn the direction of writing (so that
    /// <c>exe.fdp</c> cannot look like a PDF), and never a reserved name. <c>file</c> if nothing is left.
    /// </summary>
    public static string Clean(string? sent)
    {
        var typed = Characters.Normal(sent ?? "");
        typed = typed[(typed.LastIndexOfAny(['/', '\\']) + 1)..];
        var name = new StringBuilder(typed.Length);
        foreach (var rune in typed.EnumerateRunes())
            if (Rune.IsWhiteSpace(rune)) name.Append(' ');
            else if (
                Rune.GetUnicodeCategory(rune)
                is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
            )
                name.Append(rune.ToString());
        // Windows drops dots and spaces at the end, so they could hide another extension.
        var clean = string.Join(' ', name.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.', ' ');
        var dot = clean.LastIndexOf('.');
        var (stem, extension) = dot < 0 ? (clean, "") : (clean[..dot].TrimEnd(), clean[dot..]);
        if (stem.Trim('.').Length == 0) stem = "file";
        if (devices.Contains(stem.Split('.')[0].TrimEnd())) stem = "_" + stem;
        return Truncate.To(Math.Max(1, MaxLength - extension.Length), stem) + Truncate.To(MaxLength - 1, extension);
    }

    /// <summary>
    /// The name of a file in a form. Browsers write quotes and ends of lines with percent signs, and nothing else (HTML, multipart form
    /// data).
    /// </summary>
    public static string OfForm(string sent) => Clean(
        sent.Replace("%22", "\"", StringComparison.Ordinal)
            .Replace("%0D", "\r", StringComparison.OrdinalIgnoreCase)
            .Replace("%0A", "\n", StringComparison.OrdinalIgnoreCase));

    /// <summary>The extension in lower case, without its dot; empty for none.</summary>
    public static string ExtensionOf(string name) => Path.GetExtension(name).TrimStart('.').ToLowerInvariant();

    /// <summary>The name without its extension.</summary>
    public static string StemOf(string name) => Path.GetFileNameWithoutExtension(name);
}
