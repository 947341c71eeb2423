using System.Globalization;
using System.Text.RegularExpressions;
using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>
/// The blocks of a mailing while they are edited in a form that works without script: it holds what was typed, right or wrong, and changes
/// its shape by buttons that submit (<see cref="Do"/>). A block's fields begin with its place: <c>b0.</c> for the first block,
/// <c>b0.c1.</c> for its second column.
/// </summary>
public sealed partial class BlockForm
{
    /// <summary>The largest form that is read: some pictures at once.</summary>
    public const int MaxFormBytes = 64 * 1024 * 1024;

    BlockForm(string prefix, bool isOn, IEnumerable<MailBlock> blocks) => (Prefix, IsOn, this.blocks) = (prefix, isOn, [.. blocks]);

    readonly List<MailBlock> blocks;
    readonly List<(string Place, IFormFile File)> sent = [];

    /// <summary>Before the names of all fields, such as <c>Form.</c></summary>
    public string Prefix { get; }
    /// <summary>False for a mailing that is Markdown alone.</summary>
    public bool IsOn { get; private set; }
    public IReadOnlyList<MailBlock> Blocks => blocks;
    /// <summary>The block where the last button was pressed, for the page to begin there; -1 for none.</summary>
    public int Changed { get; private set; } = -1;
    /// <summary>The key of what could not be done; null for nothing.</summary>
    public string? Refused { get; private set; }
    /// <summary>A page whose title is asked for: the place of its block.</summary>
    public int? Asked { get; private set; }

    /// <summary>The name of the button that changes the shape.</summary>
    public string Button => Prefix + "b-do";
    public string PrefixOf(int block, int? column = null) => Prefix + Place(block, column) + ".";
    static string Place(int block, int? column = null) =>
        string.Create(CultureInfo.InvariantCulture, $"b{block}{(column is { } c ? $".c{c}" : "")}");

    /// <summary>The form that shows blocks; null for Markdown alone.</summary>
    public static BlockForm Of(string? json, string prefix = "") =>
        new(prefix, json is not null, json is null ? [] : MailBlock.Parse(json));

    /// <summary>The form as it was sent.</summary>
    public static BlockForm Sent(IFormCollection form, string prefix = "")
    {
        string Field(string name) => form[prefix + name].ToString();
        var on = Field("b.on").Length > 0;
        var read = new BlockForm(prefix, on, []);
        for (var i = 0; on && i < MailBlock.MaxBlocks + 1 && form.ContainsKey($"{prefix}{Place(i)}.kind"); i++)
        {
            if (!Enum.TryParse<BlockKind>(Field(Place(i) + ".kind"), ignoreCase: true, out var kind) || !Enum.IsDefined(kind)) continue;
            var block = Read(Place(i)) with { Kind = kind };
            if (kind is BlockKind.Columns)
                block = block with
                {
                    Columns = [.. Enumerable.Range(0, MailBlock.MaxColumns)
                        .TakeWhile(c => form.ContainsKey($"{prefix}{Place(i, c)}.text")).Select(c => Read(Place(i, c)))],
                };
            read.blocks.Add(block);
        }
        read.sent.AddRange(
            form.Files.Where(f => f.FileName.Length > 0 && f.Name.StartsWith(prefix, StringComparison.Ordinal))
                .Select(f => (Match: FileField().Match(f.Name[prefix.Length..]), File: f))
                .Where(f => f.Match.Success)
                .Select(f => (f.Match.Groups[1].Value, f.File)));
        return read;

        // Browsers send CRLF, which would count as two characters.
        MailBlock Read(string place) => new()
        {
            Text = Field(place + ".text").ReplaceLineEndings("\n"),
            Label = Field(place + ".label").Trim(),
            Url = Field(place + ".url").Trim(),
            Alt = Field(place + ".alt").Trim(),
            Picture = PictureName().IsMatch(Field(place + ".picture")) ? Field(place + ".picture") : null,
        };
    }

    /// <summary>Keeps the pictures that were sent, and looks up the size of all that are shown; one that is gone is none.</summary>
    public async Task TakePictures(SiteDb db, KeepMailPicture keep, Reader actor, Problems problems, IStringLocalizer texts)
    {
        foreach (var (place, file) in sent)
        {
            if (PathOf(place) is not var (at, column) || at >= blocks.Count) continue;
            try
            {
                await using var content = file.OpenReadStream();
                var stored = await keep.Upload(actor, content, default);
                Set(at, column, block => block with { Picture = stored.Name });
            }
            catch (FileRefused error) { problems.Add($"{PrefixOf(at, column)}file", texts[error.Text, error.Arguments]); }
        }
        var hashes = blocks.SelectMany(b => b.Parts).Select(b => b.Picture).OfType<string>().Select(p => p[..64]).Distinct().ToList();
        if (hashes.Count == 0) return;
        var known = (await db.Files.AsNoTracking().Where(f => f.Purpose == FilePurpose.Mail && hashes.Contains(f.Hash)).ToListAsync())
            .DistinctBy(f => f.Name).ToDictionary(f => f.Name);
        MailBlock Sized(MailBlock block) => block.Picture is not { } name ? block
            : known.TryGetValue(name, out var file) ? block with { Width = file.Width, Height = file.Height }
            : block with { Picture = null };
        for (var i = 0; i < blocks.Count; i++) blocks[i] = Sized(blocks[i]) with { Columns = [.. blocks[i].Columns.Select(Sized)] };
    }

    void Set(int at, int? column, Func<MailBlock, MailBlock> change) =>
        blocks[at] = column is { } c
            ? blocks[at] with { Columns = [.. blocks[at].Columns.Select((b, i) => i == c ? change(b) : b)] }
            : change(blocks[at]);

    /// <summary>Carries out a button's act: adds, copies, removes or moves a block. Anything else does nothing.</summary>
    /// <param name="button">The value of <see cref="Button"/>: act and place, such as <c>up:1</c>; <c>add:heading</c>.</param>
    /// <param name="markdown">The text so far, which becomes the first block when blocks begin.</param>
    public void Do(string? button, string? markdown = null)
    {
        if (button == "begin" && !IsOn)
        {
            IsOn = true;
            blocks.Add(new() { Kind = BlockKind.Text, Text = markdown ?? "" });
            Changed = 0;
            return;
        }
        if (!IsOn || button?.Split(':') is not [var act, var of]) return;
        if (act == "add")
        {
            if (!Enum.TryParse<BlockKind>(of, ignoreCase: true, out var kind) || !Enum.IsDefined(kind)) return;
            Insert(blocks.Count, new() { Kind = kind, Columns = kind is BlockKind.Columns ? [new(), new()] : [] });
            return;
        }
        if (PathOf("b" + of) is not var (at, column) || at >= blocks.Count) return;
        Changed = at;
        var block = blocks[at];
        switch (act)
        {
            case "up" when at > 0:
                (blocks[at - 1], blocks[at], Changed) = (blocks[at], blocks[at - 1], at - 1);
                break;
            case "down" when at < blocks.Count - 1:
                (blocks[at + 1], blocks[at], Changed) = (blocks[at], blocks[at + 1], at + 1);
                break;
            case "copy":
                Insert(at + 1, block);
                break;
            case "remove":
                blocks.RemoveAt(at);
                Changed = Math.Min(at, blocks.Count - 1);
                break;
            case "picture":
                Set(at, column, b => b with { Picture = null, Width = 0, Height = 0 });
                break;
            case "more" when block.Columns.Count < MailBlock.MaxColumns:
                blocks[at] = block with { Columns = [.. block.Columns, new()] };
                break;
            case "less" when column is { } c && block.Columns.Count > MailBlock.MinColumns:
                blocks[at] = block with { Columns = [.. block.Columns.Where((_, i) => i != c)] };
                break;
            case "page":
                Asked = at;
                break;
        }
    }

    /// <summary>Fills in title and beginning of the page that a block leads to.</summary>
    public void Answer(PageCard? card)
    {
        if (card is null) Refused = "mailing.block.no-page";
        else blocks[Asked!.Value] = blocks[Asked.Value] with { Label = card.Title, Text = Markup.Literal(card.Beginning) };
    }

    void Insert(int at, MailBlock block)
    {
        if (blocks.Count >= MailBlock.MaxBlocks) { Refused = "mailing.block.full"; return; }
        blocks.Insert(at, block);
        Changed = at;
    }

    /// <summary>As it is stored; null for Markdown alone.</summary>
    public string? ToJson() => IsOn ? MailBlock.ToJson(blocks) : null;

    static (int Block, int? Column)? PathOf(string place) =>
        PlaceName().Match(place) is { Success: true } match
            ? (int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture),
                match.Groups[2].Success ? int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) : null)
            : null;

    [GeneratedRegex(@"^(b[0-9]{1,2}(?:\.c[0-9])?)\.file\z")]
    private static partial Regex FileField();

    [GeneratedRegex(@"^b([0-9]{1,2})(?:\.c([0-9]))?\z")]
    private static partial Regex PlaceName();

    [GeneratedRegex(@"^[0-9a-f]{64}\.(png|jpg)\z")]
    private static partial Regex PictureName();
}
