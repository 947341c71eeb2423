using System.Globalization;
using Community.Kernel;

namespace Community.Mailing;

/// <summary>Something in a content that keeps it from being saved or sent.</summary>
/// <param name="Field">The form field where it can be fixed, without prefix: <c>Subject</c>, <c>b0.text</c>.</param>
/// <param name="Text">The key of the message.</param>
/// <param name="Of">The message's argument.</param>
public sealed record ContentFault(string Field, string Text, string Of = "")
{
    /// <summary>The block that it is in: its place, from 0, and what it is.</summary>
    public (int Place, BlockKind Kind)? Block { get; init; }

    /// <summary>All of a content: asked when it is saved, when the mailing is scheduled, and again when it is shown.</summary>
    public static IEnumerable<ContentFault> In(MailingContent content, MergeFields fields)
    {
        if (MailTemplate.FaultOfFields(content.Subject, fields) is var (subject, what)) yield return new("Subject", subject, what);
        if (MailTemplate.FaultOfFields(content.Preheader, fields) is var (preheader, which))
            yield return new("Preheader", preheader, which);
        if (content.Blocks is null || content.Text.Length > 0)
            foreach (var (said, of) in MailTemplate.Faults(content.Text, fields)) yield return new("Text", said, of);
        if (content.Blocks is null) yield break;
        var blocks = MailBlock.Parse(content.Blocks);
        if (blocks.Count == 0) yield return new("b", "mailing.block.none");
        foreach (var (i, block) in blocks.Index())
            foreach (var fault in OfBlock(block, fields))
                yield return fault with
                {
                    Field = string.Create(CultureInfo.InvariantCulture, $"b{i}.{fault.Field}"),
                    Block = (i, block.Kind),
                };
    }

    static IEnumerable<ContentFault> OfBlock(MailBlock block, MergeFields fields) => block.Kind switch
    {
        BlockKind.Heading => Line(block.Text, "text", "mailing.block.problem.heading", fields),
        BlockKind.Text => Markdown(block.Text, fields),
        BlockKind.Picture => block.Picture is null
            ? [new("file", "mailing.block.problem.picture")]
            : [.. Words(block.Alt, "alt", fields), .. block.Url.Length > 0 ? Address(block.Url, fields) : []],
        BlockKind.Button => Button(block, fields),
        BlockKind.Page =>
        [
            .. Address(block.Url, fields),
            .. Line(block.Label, "label", "mailing.block.problem.title", fields),
            .. block.Text.Length > 0 ? Markdown(block.Text, fields) : [],
        ],
        BlockKind.Columns => block.Columns.SelectMany((c, i) => Column(c, fields)
            .Select(f => f with { Field = string.Create(CultureInfo.InvariantCulture, $"c{i}.{f.Field}") })),
        _ => [],
    };

    static IEnumerable<ContentFault> Column(MailBlock column, MergeFields fields) =>
    [
        .. column is { Text.Length: 0, Picture: null } ? [new("text", "mailing.block.problem.column")] : Array.Empty<ContentFault>(),
        .. column.Text.Length > 0 ? Markdown(column.Text, fields) : [],
        .. Words(column.Alt, "alt", fields),
        .. column.Label.Length + column.Url.Length > 0 ? Button(column, fields) : [],
    ];

    static IEnumerable<ContentFault> Button(MailBlock block, MergeFields fields) =>
        [.. Line(block.Label, "label", "mailing.block.problem.label", fields), .. Address(block.Url, fields)];

    static IEnumerable<ContentFault> Markdown(string text, MergeFields fields) =>
        MailTemplate.Faults(text, fields).Select(f => new ContentFault("text", f.Text, f.Of));

    static IEnumerable<ContentFault> Words(string text, string field, MergeFields fields) =>
        MailTemplate.FaultOfFields(text, fields) is var (said, of) ? [new(field, said, of)] : [];

    static IEnumerable<ContentFault> Line(string text, string field, string missing, MergeFields fields) =>
        Naming.Read(text) is { Fault: { } fault } read
            ? [new(field, fault is NameFault.Missing ? missing : read.Problem!)]
            : Words(text, field, fields);

    static IEnumerable<ContentFault> Address(string typed, MergeFields fields) =>
        typed.Length == 0 ? [new("url", "mailing.block.problem.url")]
        : MailTemplate.FaultOfFields(typed, fields) is var (said, of) ? [new("url", said, of)]
        : fields.MarkAddress(typed) is null ? [new("url", "mailing.problem.links", typed)]
        : [];
}
