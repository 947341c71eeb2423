using PhoneNumbers;

namespace Community.Members;

/// <summary>
/// A telephone number, kept in E.164 (<c>+819012345678</c>), with an extension as <c>;ext=12</c> (RFC 3966). Typed leniently: full-width,
/// with hyphens, brackets or spaces, with or without the leading 0 that a spreadsheet took. A number without a country is of
/// <see cref="MemberAttribute.HomeCountry"/>. Its length is checked, not whether it is in use: numbering plans change.
/// </summary>
sealed class TelephoneValues : ValueRules
{
    static readonly PhoneNumberUtil util = PhoneNumberUtil.GetInstance();

    public override ValueRead Parse(MemberAttribute attribute, string typed, DateOnly today)
    {
        // A dash of any kind, and ー, which Japanese keyboards give for it.
        var text = new string([.. Narrow(typed).Select(c => c is 'ー' or '‐' or '–' or '—' or '−' or '―' ? '-' : c)]);
        try
        {
            var number = util.Parse(text, attribute.HomeCountry);
            return util.IsPossibleNumberWithReason(number) switch
            {
                PhoneNumberUtil.ValidationResult.IS_POSSIBLE => Kept(number),
                PhoneNumberUtil.ValidationResult.TOO_SHORT or PhoneNumberUtil.ValidationResult.IS_POSSIBLE_LOCAL_ONLY =>
                    ValueRead.Wrong("telephone.short", typed.Trim()),
                PhoneNumberUtil.ValidationResult.TOO_LONG => ValueRead.Wrong("telephone.long", typed.Trim()),
                _ => ValueRead.Wrong("telephone", typed.Trim()),
            };
        }
        catch (NumberParseException error)
        {
            return ValueRead.Wrong(
                error.ErrorType switch
                {
                    ErrorType.TOO_LONG => "telephone.long",
                    ErrorType.TOO_SHORT_NSN or ErrorType.TOO_SHORT_AFTER_IDD => "telephone.short",
                    _ => "telephone",
                },
                typed.Trim()
            );
        }
    }

    static ValueRead Kept(PhoneNumber number) =>
        ValueRead.Of(
            new()
            {
                Text = util.Format(number, PhoneNumberFormat.E164) + (number.HasExtension ? ";ext=" + number.Extension : ""),
            }
        );

    public override string Format(MemberAttribute attribute, TypedValue value, string language)
    {
        try
        {
            var number = util.Parse(value.Text!, attribute.HomeCountry);
            var isHome = number.CountryCode == util.GetCountryCodeForRegion(attribute.HomeCountry);
            return util.Format(number, isHome ? PhoneNumberFormat.NATIONAL : PhoneNumberFormat.INTERNATIONAL);
        }
        catch (NumberParseException) { return value.Text!; }
    }

    public override string Plain(MemberAttribute attribute, TypedValue value, string language) => value.Text!;

    public override IEnumerable<(string Part, string Text)> ToForm(MemberAttribute attribute, TypedValue value, string language) =>
        [("", Format(attribute, value, language))];

    internal override IEnumerable<AttributeValue> Rows(TypedValue value) => [new() { Text = value.Text, Key = value.Text }];

    internal override TypedValue Of(IReadOnlyList<AttributeValue> rows) => new() { Text = rows[0].Text };
}
