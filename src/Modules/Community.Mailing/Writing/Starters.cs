using Community.Kernel;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>
/// What an author can start from on every site, besides the site's own templates. Pictures and links are to be filled in.
/// </summary>
public static class Starters
{
    /// <summary>Their texts begin with <c>mailing.starter.{key}</c>.</summary>
    public static readonly IReadOnlyList<string> Keys = ["letter", "event"];

    /// <summary>Null if there is none with this key.</summary>
    public static MailingContent? Of(string? key, string language, IStringLocalizer texts)
    {
        if (key is null || !Keys.Contains(key)) return null;
        string T(string name) => texts.In(language, $"mailing.starter.{key}.{name}");
        MailBlock Text(string name) => new() { Kind = BlockKind.Text, Text = T(name) };
        MailBlock Heading(string name) => new() { Kind = BlockKind.Heading, Text = T(name) };
        var button = new MailBlock { Kind = BlockKind.Button, Label = T("button"), Url = "{{site.url}}" };
        var picture = new MailBlock { Kind = BlockKind.Picture };
        var line = new MailBlock { Kind = BlockKind.Divider };
        IReadOnlyList<MailBlock> blocks = key == "letter"
            ?
            [
                picture, Heading("heading"), Text("text"), button, line,
                new() { Kind = BlockKind.Columns, Columns = [new() { Text = T("left") }, new() { Text = T("right") }] },
                line, Text("end"),
            ]
            : [Heading("heading"), Text("text"), picture, Text("facts"), button, Text("end")];
        return new() { Subject = T("subject"), Preheader = T("preheader"), Blocks = MailBlock.ToJson(blocks) };
    }
}
