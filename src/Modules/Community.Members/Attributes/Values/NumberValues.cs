using System.Globalization;
using System.Text.RegularExpressions;
using Community.Kernel;

namespace Community.Members;

/// <summary>A decimal number: full-width digits and separators of thousands are read; the decimal separator is a point.</summary>
sealed partial class NumberValues : ValueRules
{
    public override ValueRead Parse(MemberAttribute attribute, string typed, DateOnly today)
    {
        var text = Narrow(typed).Replace('\u2212', '-').Replace(" ", "");
        if (!Shape().IsMatch(text)) return ValueRead.Wrong("number", typed.Trim());
        if (
            !decimal.TryParse(text.Replace(",", ""), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || Math.Abs(number) > Millionths.Largest
        ) return ValueRead.Wrong("number.large", Millionths.Largest);
        return decimal.Round(number, MemberAttribute.MaxDecimals) == number
            ? ValueRead.Of(new() { Number = number / 1.000000000000000m })
            : ValueRead.Wrong("decimals", MemberAttribute.MaxDecimals);
    }

    public override ValueProblem? Check(MemberAttribute attribute, TypedValue value, DateOnly today, TypedValue? before)
    {
        var number = value.Number!.Value;
        return decimal.Round(number, attribute.Decimals) != number ? new(attribute.Decimals == 0 ? "whole" : "decimals", attribute.Decimals)
            : number < attribute.Min ? new("least", attribute.Min)
            : number > attribute.Max ? new("most", attribute.Max)
            : null;
    }

    public override string Format(MemberAttribute attribute, TypedValue value, string language) =>
        value.Number!.Value.ToString("#,0.######", Texts.CultureOf(language));

    public override string Plain(MemberAttribute attribute, TypedValue value, string language) =>
        value.Number!.Value.ToString("0.######", CultureInfo.InvariantCulture);

    internal override IEnumerable<AttributeValue> Rows(TypedValue value) => [new() { Number = value.Number }];

    internal override TypedValue Of(IReadOnlyList<AttributeValue> rows) => new() { Number = rows[0].Number };

    // Separators only between groups of three: 1,5 may mean 1.5, and is refused. The exponent is what spreadsheets write.
    [GeneratedRegex(@"^[+-]?(\d+|\d{1,3}(,\d{3})+)?(\.\d+)?(?<=\d)(?:[eE][+-]?\d{1,2})?$", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}

/// <summary>Yes or no, as people, forms and spreadsheets of both languages write it.</summary>
sealed class YesNoValues : ValueRules
{
    static readonly HashSet<string> yes =
    [
        "yes", "y", "true", "t", "1", "on", "subscribed", "opted in", "はい", "○", "〇", "◯", "有", "有り", "あり", "可", "真", "✓", "✔",
        "希望", "希望する", "同意", "同意する", "許可", "許可する", "承諾", "承諾する", "要", "必要", "受け取る", "受取る", "受信する", "購読する",
        "購読中", "登録する", "する",
    ];
    static readonly HashSet<string> no =
    [
        "no", "n", "false", "f", "0", "off", "unsubscribed", "opted out", "いいえ", "×", "✕", "✗", "無", "無し", "なし", "不可", "偽",
        "希望しない", "同意しない", "許可しない", "拒否", "拒否する", "承諾しない", "不要", "受け取らない", "受取らない", "受信しない", "購読しない",
        "登録しない", "しない",
    ];

    public override ValueRead Parse(MemberAttribute attribute, string typed, DateOnly today)
    {
        var text = Narrow(typed).ToLowerInvariant();
        return yes.Contains(text) ? Of(true) : no.Contains(text) ? Of(false) : ValueRead.Wrong("yes-no", typed.Trim());

        static ValueRead Of(bool yes) => ValueRead.Of(new() { Number = yes ? 1 : 0 });
    }

    public override string Format(MemberAttribute attribute, TypedValue value, string language) =>
        value.Number == 1 ? Of(language).Yes : Of(language).No;

    internal override IEnumerable<AttributeValue> Rows(TypedValue value) => [new() { Number = value.Number }];

    internal override TypedValue Of(IReadOnlyList<AttributeValue> rows) => new() { Number = rows[0].Number };
}
