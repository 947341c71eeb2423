namespace Community.Kernel;

/// <summary>A block of a text, as found by <see cref="BlockReader"/>.</summary>
abstract record Block;

sealed record Paragraph(IReadOnlyList<Inline> Content) : Block;

sealed record Heading(int Level, IReadOnlyList<Inline> Content) : Block;

/// <param name="Name">The text after the opening fence, such as a language name.</param>
sealed record Code(string Name, string Text) : Block;

/// <param name="Lines">How many lines of a mail it takes, as they are wrapped.</param>
sealed record Quotation(IReadOnlyList<Block> Blocks, int Lines) : Block;

/// <param name="Start">The number of the first item; null for an unnumbered list.</param>
/// <param name="Loose">The items are paragraphs, with space between them.</param>
sealed record ItemList(int? Start, bool Loose, IReadOnlyList<Item> Items) : Block;

/// <param name="Mark">The marker as typed: <c>-</c>, <c>2026.</c>.</param>
/// <param name="Number">Its number, if it does not follow from the previous item.</param>
sealed record Item(string Mark, int? Number, IReadOnlyList<Block> Blocks);

enum Column { Start, Middle, End }

/// <param name="Rows">The first is the header. A row may have fewer cells than there are columns, or more.</param>
sealed record Table(IReadOnlyList<Column> Columns, IReadOnlyList<IReadOnlyList<IReadOnlyList<Inline>>> Rows) : Block;

sealed record Rule : Block;

enum InlineKind { Text, Code, Break, Open, Close, Link, EndLink, Address, Picture }

/// <summary>An inline element; what is opened is closed in the same block, properly nested.</summary>
/// <param name="Text">The words; for opening and closing elements <c>em</c>, <c>strong</c>, <c>del</c> or
/// <see cref="Spoiler"/>; for a picture, its alt
/// text.</param>
/// <param name="Url">The target: see <see cref="Addresses"/>.</param>
/// <param name="Title">The text after the URL of a link or picture.</param>
readonly record struct Inline(InlineKind Kind, string Text = "", string Url = "", string Title = "")
{
    /// <summary>Words that are hidden until the reader asks for them, typed as <c>||words||</c>.</summary>
    public const string Spoiler = "spoiler";
}
