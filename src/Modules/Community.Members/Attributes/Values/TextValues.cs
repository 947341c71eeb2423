using System.Globalization;
using Community.Kernel;

namespace Community.Members;

/// <summary>One line.</summary>
class TextValues : ValueRules
{
    protected virtual int Max => MemberAttribute.MaxText;

    public override ValueRead Parse(MemberAttribute attribute, string typed, DateOnly today)
    {
        var read = Naming.Read(typed);
        if (read.Fault is { } fault) return ValueRead.Wrong(Naming.TextOf(fault));
        return read.Text.Length > Max ? ValueRead.Wrong("long", Max, read.Text.Length) : ValueRead.Of(new() { Text = read.Text });
    }

    public override ValueProblem? Check(MemberAttribute attribute, TypedValue value, DateOnly today, TypedValue? before) =>
        OfLength(attribute, value.Text!) ?? OfPattern(attribute, value.Text!);

    protected static ValueProblem? OfLength(MemberAttribute attribute, string text)
    {
        var length = new StringInfo(text).LengthInTextElements;
        return length < attribute.Min ? new("short", attribute.Min, length)
            : length > attribute.Max ? new("long", attribute.Max, length)
            : null;
    }

    protected static ValueProblem? OfPattern(MemberAttribute attribute, string text) =>
        attribute.Pattern is { Length: > 0 } pattern && MemberAttribute.PatternOf(pattern)?.IsMatch(text) == false
            ? new("pattern", text)
            : null;

    public override string Format(MemberAttribute attribute, TypedValue value, string language) => value.Text!;

    internal override IEnumerable<AttributeValue> Rows(TypedValue value) => [new() { Text = value.Text, Key = KeyOf(value.Text!) }];

    internal override TypedValue Of(IReadOnlyList<AttributeValue> rows) => new() { Text = rows[0].Text };
}

/// <summary>Several lines.</summary>
sealed class LongTextValues : TextValues
{
    public override ValueRead Parse(MemberAttribute attribute, string typed, DateOnly today)
    {
        var read = Naming.ReadLines(typed);
        if (read.Fault is { } fault) return ValueRead.Wrong(Naming.TextOf(fault));
        const int longest = MemberAttribute.MaxLongText;
        return read.Text.Length > longest ? ValueRead.Wrong("long", longest, read.Text.Length) : ValueRead.Of(new() { Text = read.Text });
    }

    // Found by its parts and sorted by its beginning: the whole would be too long for an index.
    internal override IEnumerable<AttributeValue> Rows(TypedValue value)
    {
        var folded = Member.Searchable(value.Text!);
        return [new() { Text = value.Text, Key = KeyOf(value.Text!), Words = folded }];
    }
}

/// <summary>A number that staff give: the text as typed, half-width.</summary>
sealed class MemberNumberValues : TextValues
{
    protected override int Max => MemberAttribute.MaxMemberNumber;

    public override ValueRead Parse(MemberAttribute attribute, string typed, DateOnly today) => base.Parse(attribute, Narrow(typed), today);
}

/// <summary>The address of a web page; https is added where no scheme was typed.</summary>
sealed class UrlValues : TextValues
{
    public override ValueRead Parse(MemberAttribute attribute, string typed, DateOnly today)
    {
        var text = Narrow(typed);
        if (!text.Contains("://", StringComparison.Ordinal)) text = "https://" + text;
        if (text.Length > MemberAttribute.MaxUrl) return ValueRead.Wrong("long", MemberAttribute.MaxUrl, text.Length);
        var isUrl =
            Uri.TryCreate(text, UriKind.Absolute, out var url)
            && (url.Scheme is "http" or "https")
            // A password in an address is a secret, and a name before the host misleads.
            && url.UserInfo.Length == 0
            && url.IdnHost.Contains('.')
            && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));
        return isUrl ? ValueRead.Of(new() { Text = url!.AbsoluteUri }) : ValueRead.Wrong("url", typed.Trim());
    }

    public override ValueProblem? Check(MemberAttribute attribute, TypedValue value, DateOnly today, TypedValue? before) =>
        OfPattern(attribute, value.Text!);
}
