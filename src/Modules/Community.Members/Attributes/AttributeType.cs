namespace Community.Members;

/// <summary>
/// What kind of value an attribute has. Stored as its number: numbers never change. How a value of each is parsed, checked, formatted,
/// stored and ordered stands in <see cref="ValueRules"/>.
/// </summary>
public enum AttributeType : short
{
    /// <summary>One line.</summary>
    Text = 1,
    /// <summary>Several lines.</summary>
    LongText = 2,
    /// <summary>A decimal number with at most <see cref="MemberAttribute.MaxDecimals"/> decimals.</summary>
    Number = 3,
    /// <summary>A day of the calendar, never a moment.</summary>
    Date = 4,
    /// <summary>A day that comes again each year: with its year, or month and day alone.</summary>
    Birthday = 5,
    YesNo = 6,
    /// <summary>One of the attribute's options.</summary>
    OneOf = 7,
    /// <summary>Any of the attribute's options.</summary>
    ManyOf = 8,
    /// <summary>One of Japan's 47 prefectures, by its code in JIS X 0401.</summary>
    Prefecture = 9,
    /// <summary>A country or territory, by its code in ISO 3166-1.</summary>
    Country = 10,
    /// <summary>A telephone number in the form of E.164.</summary>
    Telephone = 11,
    /// <summary>A postal address, see <see cref="PostalAddress"/>.</summary>
    Address = 12,
    /// <summary>The address of a web page.</summary>
    Url = 13,
    /// <summary>How a name is read, in katakana: sorts as dictionaries do.</summary>
    Furigana = 14,
    /// <summary>A number that staff give, kept as text: <c>00123</c> stays. No two members have the same.</summary>
    MemberNumber = 15,
}

/// <summary>When an attribute is asked for.</summary>
public enum AskedWhen
{
    /// <summary>On the registration form, and on the account page.</summary>
    Registration,
    /// <summary>On the account page alone.</summary>
    Later,
}

/// <summary>Who sees a member's value, besides the member; each includes those after it.</summary>
public enum Visibility
{
    /// <summary>Visitors too.</summary>
    Everyone,
    /// <summary>Members who are signed in.</summary>
    Members,
    /// <summary>Staff who may find members: <see cref="MembersPermissions.Search"/>.</summary>
    Staff,
    /// <summary>Staff with <see cref="MembersPermissions.Personal"/>.</summary>
    Personal,
}
