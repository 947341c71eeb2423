using System.Text.RegularExpressions;

namespace Community.Mail.Smtp;

/// <summary>One reply, of one or more lines (RFC 5321 §4.2).</summary>
internal sealed partial record SmtpReply(int Code, IReadOnlyList<string> Lines)
{
    public const int ClosingDown = 421;

    [GeneratedRegex(@"^([245])\.\d{1,3}\.\d{1,3}(?=\s|$)", RegexOptions.CultureInvariant)]
    private static partial Regex EnhancedCode();

    public bool IsSuccess => Code is >= 200 and < 300;

    public bool IsRejection => Code is >= 400 and < 600;

    public string Text => string.Join(' ', Lines.Where(l => l.Length > 0));

    /// <summary>From whichever line has it; one whose class contradicts the reply is not believed.</summary>
    public string? Enhanced => Lines.Select(l => EnhancedCode().Match(l))
        .FirstOrDefault(m => m.Success && m.Value[0] - '0' == Code / 100)?.Value;
}
