using Community.Kernel;
using Microsoft.Extensions.Localization;

namespace Community.Members;

/// <summary>How a file is read.</summary>
/// <param name="Kind">csv or xlsx.</param>
/// <param name="Encoding">utf-8, utf-16, utf-16BE or shift_jis, which is code page 932.</param>
/// <param name="Separator">Of a CSV file.</param>
/// <param name="Sheet">The number of the sheet, from 0.</param>
/// <param name="HasHeadings">Whether the first row names the columns.</param>
/// <param name="SkipHidden">Whether hidden rows are left out.</param>
public sealed record FileFormat(
    string Kind, string Encoding = "utf-8", char Separator = ',', int Sheet = 0, bool HasHeadings = true, bool SkipHidden = false)
{
    public static readonly IReadOnlyList<string> Encodings = ["utf-8", "shift_jis", "utf-16", "utf-16BE"];
    public const string Separators = ",\t;";
    public bool IsCsv => Kind == "csv";
    /// <summary>How many rows of the sheet are hidden.</summary>
    public int HiddenRows { get; init; }
    /// <summary>Some cells have an error, or a formula whose value was never calculated.</summary>
    public bool HasFaults { get; init; }
    /// <summary>Days are counted from 1904, as Excel for the Macintosh did.</summary>
    public bool From1904 { get; init; }
}

/// <summary>What happens to a member whom the site has already.</summary>
public enum ImportMode
{
    /// <summary>Values are added where there is none.</summary>
    Fill,
    /// <summary>Values of the file replace others; blank cells do nothing.</summary>
    Replace,
    /// <summary>The same; blank cells delete the value.</summary>
    ReplaceAndDelete,
}

/// <summary>A column of the file.</summary>
public sealed record ImportColumn
{
    public string Heading { get; init; } = "";
    /// <summary>One of <see cref="ImportTargets"/>; empty to leave the column out.</summary>
    public string Target { get; init; } = "";
    /// <summary>What a cell's text means: <c>yes</c>, <c>no</c>, <c>none</c>, or an option's id.</summary>
    public Dictionary<string, string> Meanings { get; init; } = [];
}

/// <summary>What the columns of a file mean, and how they are imported.</summary>
public sealed record ImportMapping
{
    public IReadOnlyList<ImportColumn> Columns { get; init; } = [];
    /// <summary>By what a member of the site is recognised: <c>email</c>, or an attribute that no two have the same of.</summary>
    public string Key { get; init; } = ImportTargets.Email;
    public ImportMode Mode { get; init; }
    /// <summary>New members' addresses are taken as proved; else they are not confirmed until they answer an invitation.</summary>
    public bool Confirmed { get; init; }
    /// <summary>New members without a password get an invitation.</summary>
    public bool Invites { get; init; }
    /// <summary>The proof of consents: when, where and to which text, unless a column says so.</summary>
    public string ProofDate { get; init; } = "";
    public string ProofSource { get; init; } = "";
    public string ProofText { get; init; } = "";

    /// <summary>What somebody must be allowed to who imports by it: groups open boards, and a file must not be a way around that.</summary>
    public IEnumerable<string> Permissions
    {
        get
        {
            yield return MembersPermissions.Import;
            if (Has(ImportTargets.Groups)) yield return MembersPermissions.Groups;
            if (Has(ImportTargets.Tags)) yield return MembersPermissions.Tags;
        }
    }

    /// <summary>What a column is called on screens and in lists; one without a heading, or with one of several, by its number.</summary>
    public string Said(int column, IStringLocalizer texts)
    {
        if (column < 0 || column >= Columns.Count) return "";
        var heading = Columns[column].Heading;
        return heading.Length == 0 ? texts["import.column", column + 1]
            : Twins.Any(t => t.Contains(column)) ? texts["import.column.twin", heading, column + 1]
            : heading;
    }

    /// <summary>The numbers of columns that have the same heading, each such heading once.</summary>
    public IEnumerable<IReadOnlyList<int>> Twins =>
        Columns.Select((c, i) => (c.Heading, i)).Where(c => c.Heading.Length > 0)
            .GroupBy(c => ImportTargets.Remembered(c.Heading), c => c.i).Where(g => g.Count() > 1).Select(g => g.ToList());

    public int At(string target) => Columns.ToList().FindIndex(c => c.Target == target);
    public bool Has(string target) => Columns.Any(c => c.Target == target);
    public bool HasConsents => Columns.Any(c => c.Target.StartsWith(ImportTargets.Consent, StringComparison.Ordinal));
}

/// <summary>What a column can be imported as.</summary>
public static class ImportTargets
{
    public const string Email = "email", Name = "name", Password = "password", Language = "language", Joined = "joined",
        Groups = "groups", Tags = "tags",
        ProofDate = "consent-date", ProofSource = "consent-source", ProofText = "consent-text",
        Attribute = "attribute:", Consent = "consent:";

    public static readonly IReadOnlyList<string> Own =
    [
        Email,
        Name,
        Password,
        Language,
        Joined,
        Groups,
        Tags,
        ProofDate,
        ProofSource,
        ProofText,
    ];

    // What systems call these columns.
    static readonly Dictionary<string, string[]> names = new()
    {
        [Email] = ["email", "e-mail", "mail", "mailaddress", "emailaddress", "メール", "メールアドレス", "eメール", "電子メール"],
        [Name] = ["name", "fullname", "nickname", "displayname", "氏名", "名前", "お名前", "表示名", "ニックネーム", "会員名"],
        [Password] = ["password", "passwordhash", "hash", "パスワード", "パスワードハッシュ"],
        [Language] = ["language", "lang", "locale", "言語", "表示言語"],
        [Joined] = ["joined", "joinedat", "registered", "registeredat", "createdat", "created", "登録日", "登録日時", "入会日"],
        [Groups] = ["groups", "group", "グループ", "所属グループ"],
        [Tags] = ["tags", "tag", "labels", "タグ"],
        [ProofDate] = ["consentdate", "optindate", "同意日", "同意日時"],
        [ProofSource] = ["consentsource", "optinsource", "同意の取得元", "同意元", "同意の場所", "同意場所", "取得場所", "同意経路"],
        [ProofText] = ["consenttext", "optintext", "同意文", "同意文言"],
    };

    // What they call columns that a site has an attribute of this type for, whatever its label.
    static readonly Dictionary<AttributeType, string[]> namesOfTypes = new()
    {
        [AttributeType.MemberNumber] = ["会員番号", "会員id", "会員no", "memberid", "membernumber", "memberno"],
        [AttributeType.Furigana] = ["フリガナ", "氏名フリガナ", "氏名カナ", "お名前フリガナ", "カナ氏名", "カナ", "kana", "namekana", "furigana"],
        [AttributeType.Birthday] = ["生年月日", "誕生日", "お誕生日", "birthday", "birthdate", "dateofbirth", "dob"],
        [AttributeType.Telephone] = ["電話番号", "電話", "携帯", "携帯電話", "携帯電話番号", "tel", "telephone", "phone", "phonenumber", "mobile"],
        [AttributeType.Prefecture] = ["都道府県", "prefecture"],
        [AttributeType.Country] = ["国", "国名", "居住国", "country"],
        [AttributeType.Address] = ["住所", "ご住所", "住所1", "address", "address1", "postaladdress"],
        [AttributeType.Url] = ["url", "ホームページ", "ウェブサイト", "website", "homepage"],
    };

    static readonly Dictionary<string, string[]> namesOfParts = new()
    {
        [AddressValues.PostalCodePart] = ["郵便番号", "〒", "postalcode", "zip", "zipcode", "postcode"],
        [AddressValues.RegionPart] = ["都道府県", "prefecture", "state", "province"],
        [AddressValues.CityPart] = ["市区町村", "市町村", "市区郡", "city", "town"],
        [AddressValues.Line1Part] = ["番地", "町名番地", "町域番地", "丁目番地", "町名", "street", "streetaddress"],
        [AddressValues.Line2Part] = ["建物名", "建物", "ビル名", "マンション名", "建物名部屋番号", "方書", "住所2", "building", "address2"],
    };

    static string Folded(string heading) =>
        new([.. Member.Searchable(heading).Where(c => char.IsLetterOrDigit(c) || c is 'ー')]);

    /// <summary>What a heading most likely means; empty if that is not certain.</summary>
    public static string Guess(string heading, SiteAttributes attributes, IReadOnlyList<MailKind> kinds)
    {
        var folded = Folded(heading);
        if (folded.Length == 0) return "";
        if (names.FirstOrDefault(n => n.Value.Any(v => Folded(v) == folded)).Key is { } own) return own;
        foreach (var attribute in attributes.InUse)
            if (Texts.Languages.Select(attribute.Label).Append(attribute.Key).Any(l => Folded(l) == folded))
                return Attribute + attribute.Key;
        if (kinds.FirstOrDefault(k => Folded(k.Name) == folded || Folded(k.Key) == folded) is { } kind) return Consent + kind.Key;
        foreach (var (type, words) in namesOfTypes)
            if (words.Any(w => Folded(w) == folded) && OnlyOne(type) is { } only)
                return Attribute + only.Key;
        return
            OnlyOne(AttributeType.Address) is { } address
            && namesOfParts.FirstOrDefault(p => p.Value.Any(w => Folded(w) == folded)).Key is { } part
            ? Attribute + address.Key + part
            : "";

        MemberAttribute? OnlyOne(AttributeType type) =>
            attributes.InUse.Where(a => a.Type == type && a.IsSearchable).Take(2).ToList() is [var one] ? one : null;
    }

    /// <summary>The type of attribute that a heading most likely asks for; null if that is not certain.</summary>
    public static AttributeType? TypeOf(string heading)
    {
        var folded = Folded(heading);
        foreach (var (type, words) in namesOfTypes)
            if (words.Any(w => Folded(w) == folded)) return type;
        return null;
    }

    /// <summary>Whether a target is a part of an address that is none without a city, which the file does not seem to have.</summary>
    public static bool IsLonePart(string target, IEnumerable<string> all) =>
        PartOf(target) is { Length: > 0 } part && part != AddressValues.CityPart && part != AddressValues.Line1Part
        && target[..^part.Length] is var address
        && !all.Any(t => t == address + AddressValues.CityPart || t == address + AddressValues.Line1Part || t == address);

    /// <summary>The attribute that a target is, or is a part of; null for another target.</summary>
    public static MemberAttribute? OfTarget(this SiteAttributes attributes, string target) =>
        target.StartsWith(Attribute, StringComparison.Ordinal) ? attributes.OfKey(target[Attribute.Length..].Split('.')[0]) : null;

    /// <summary>The part of its attribute that a target is, as <c>.city</c> of an address; empty for the whole of it.</summary>
    public static string PartOf(string target) => target.IndexOf('.') is >= 0 and var at ? target[at..] : "";

    /// <summary>A heading as it is remembered: width, case and spaces make no difference.</summary>
    public static string Remembered(string heading)
    {
        var folded = string.Concat(Member.Searchable(heading).Where(c => !char.IsWhiteSpace(c) && !Naming.IsIgnorable(c)));
        return folded.Length <= RememberedColumn.MaxHeading ? folded : folded[..RememberedColumn.MaxHeading];
    }
}
