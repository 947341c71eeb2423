using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>The fields of a content in a form.</summary>
public class ContentForm
{
    /// <summary>Prefix of the field names.</summary>
    public const string Prefix = "Form.";

    public string? Subject { get; set; }
    public string? Preheader { get; set; }
    public string? Text { get; set; }
    /// <summary>Set by <see cref="Show"/> or <see cref="ReadBlocks"/>.</summary>
    [System.Runtime.Serialization.IgnoreDataMember]
    public BlockForm Blocks { get; private set; } = BlockForm.Of(null, Prefix);

    public void Show(MailingContent content)
    {
        (Subject, Preheader, Text) = (content.Subject, content.Preheader, content.Text);
        Blocks = BlockForm.Of(content.Blocks, Prefix);
    }

    public void ReadBlocks(IFormCollection sent) => Blocks = BlockForm.Sent(sent, Prefix);

    /// <summary>Keeps the pictures that were sent, and does what a button of the blocks says.</summary>
    /// <returns>The form was only changed in its shape, so nothing is saved.</returns>
    public async Task<bool> Reshape(
        IFormCollection sent, SiteDb db, KeepMailPicture pictures, PageCards cards, Reader actor, Problems problems, IStringLocalizer texts)
    {
        await Blocks.TakePictures(db, pictures, actor, problems, texts);
        if (!sent.ContainsKey(Blocks.Button)) return false;
        var button = sent[Blocks.Button].ToString();
        Blocks.Do(button, Text?.ReplaceLineEndings("\n"));
        if (button == "begin") Text = "";
        if (Blocks.Asked is { } at) Blocks.Answer(await cards.Of(actor, Blocks.Blocks[at].Url));
        return true;
    }

    /// <summary>Reports what is wrong.</summary>
    public void CheckContent(Problems problems, IStringLocalizer texts, MergeFields fields)
    {
        // Browsers send CRLF, which would count as two characters.
        Text = Text?.ReplaceLineEndings("\n") ?? "";
        problems.Name("Form.Subject", Subject, texts, "mailing.problem.subject");
        if (Naming.Read(Subject) is { Fault: null } line)
            Subject = line.Text;
        if (Subject?.Length > MailingContent.MaxSubjectLength)
            problems.Add("Form.Subject", texts["mailing.problem.subject-long", Subject.Length, MailingContent.MaxSubjectLength]);
        Preheader = OneLine("Preheader", Preheader, MailingContent.MaxPreheaderLength, "mailing.problem.preheader-long", problems, texts);
        var content = ToContent();
        var length = Math.Max(Text.Length, content.Blocks?.Length ?? 0);
        if (length > MailingContent.MaxTextLength)
            problems.Add(
                Blocks.IsOn ? "Form.b" : "Form.Text", texts["mailing.problem.text-long", length, MailingContent.MaxTextLength]);
        else
            foreach (var fault in ContentFault.In(content, fields))
                problems.Add(Prefix + fault.Field, Said(fault, texts, fields));
    }

    // Of several buttons without words the summary would say the same several times.
    static string Said(ContentFault fault, IStringLocalizer texts, MergeFields fields)
    {
        string said = texts[fault.Text, fault.Of, fields.Written];
        if (fault.Block is not { } block) return said;
        var name = texts["mailing.block.nth", block.Place + 1, texts["mailing.block." + block.Kind.ToString().ToLowerInvariant()].Value];
        return texts["mailing.block.problem.in", name.Value, said];
    }

    /// <summary>A line that may be blank.</summary>
    protected static string OneLine(string field, string? typed, int max, string tooLong, Problems problems, IStringLocalizer texts)
    {
        if (string.IsNullOrWhiteSpace(typed)) return "";
        problems.Name(Prefix + field, typed, texts, "");
        var line = Naming.Read(typed) is { Fault: null } read ? read.Text : typed;
        if (line.Length > max) problems.Add(Prefix + field, texts[tooLong, line.Length, max]);
        return line;
    }

    public MailingContent ToContent() =>
        new() { Subject = Subject ?? "", Preheader = Preheader ?? "", Text = Text ?? "", Blocks = Blocks.ToJson() };

    public void WriteTo(MailingContent content)
    {
        var written = ToContent();
        (content.Subject, content.Preheader, content.Text, content.Blocks) =
            (written.Subject, written.Preheader, written.Text, written.Blocks);
    }
}
