namespace Community.Kernel;

/// <summary>A part of a text that stands for itself: what <see cref="BlockReader"/> finds.</summary>
abstract record Block;

sealed record Paragraph(IReadOnlyList<Inline> Words) : Block;

sealed record Heading(int Level, IReadOnlyList<Inline> Words) : Block;

/// <param name="Name">What was written behind the opening fence, as the name of a language.</param>
sealed record Code(string Name, string Text) : Block;

sealed record Quotation(IReadOnlyList<Block> Blocks) : Block;

/// <param name="Start">The number of the first item; null where items have no numbers.</param>
/// <param name="Loose">Items are paragraphs, with room between them.</param>
sealed record ItemList(int? Start, bool Loose, IReadOnlyList<Item> Items) : Block;

/// <param name="Mark">As it was written: <c>-</c>, <c>2026.</c>.</param>
/// <param name="Number">Its number, where it does not follow from the item before.</param>
sealed record Item(string Mark, int? Number, IReadOnlyList<Block> Blocks);

enum Column { Start, Middle, End }

/// <param name="Rows">The first is the head. A row may have fewer cells than there are columns, or more.</param>
sealed record Table(IReadOnlyList<Column> Columns, IReadOnlyList<IReadOnlyList<IReadOnlyList<Inline>>> Rows) : Block;

sealed record Rule : Block;

enum InlineKind { Text, Code, Break, Open, Close, Link, EndLink, Address, Picture }

/// <summary>A piece of a line; what opens is closed within the same words, and in order.</summary>
/// <param name="Text">The words; of what opens and closes, <c>em</c>, <c>strong</c> or <c>del</c>; of a picture, what stands for
/// it.</param>
/// <param name="Url">Where it leads: see <see cref="Addresses"/>.</param>
/// <param name="Title">What was written behind the address of a link or picture.</param>
readonly record struct Inline(InlineKind Kind, string Text = "", string Url = "", string Title = "");
