using Community.Kernel;

namespace Community.Members;

/// <summary>One of Japan's 47 prefectures: its code in JIS X 0401, which ISO 3166-2:JP has too, and its names.</summary>
public sealed record Prefecture(string Code, Translations Names)
{
    public static readonly IReadOnlyList<Prefecture> All =
    [
        .. """
        北海道 Hokkaido 青森県 Aomori 岩手県 Iwate 宮城県 Miyagi 秋田県 Akita 山形県 Yamagata 福島県 Fukushima 茨城県 Ibaraki
        栃木県 Tochigi 群馬県 Gunma 埼玉県 Saitama 千葉県 Chiba 東京都 Tokyo 神奈川県 Kanagawa 新潟県 Niigata 富山県 Toyama
        石川県 Ishikawa 福井県 Fukui 山梨県 Yamanashi 長野県 Nagano 岐阜県 Gifu 静岡県 Shizuoka 愛知県 Aichi 三重県 Mie
        滋賀県 Shiga 京都府 Kyoto 大阪府 Osaka 兵庫県 Hyogo 奈良県 Nara 和歌山県 Wakayama 鳥取県 Tottori 島根県 Shimane
        岡山県 Okayama 広島県 Hiroshima 山口県 Yamaguchi 徳島県 Tokushima 香川県 Kagawa 愛媛県 Ehime 高知県 Kochi 福岡県 Fukuoka
        佐賀県 Saga 長崎県 Nagasaki 熊本県 Kumamoto 大分県 Oita 宮崎県 Miyazaki 鹿児島県 Kagoshima 沖縄県 Okinawa
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Chunk(2)
            .Select((names, i) => new Prefecture(Number(i + 1), Translations.Of(l => l == Texts.Languages[0] ? names[1] : names[0]))),
    ];

    static string Number(int number) => number.ToString("00", System.Globalization.CultureInfo.InvariantCulture);

    static readonly Dictionary<string, Prefecture> byName = ByName();

    public string English => Names["en"];
    public string Japanese => Names["ja"];

    static Dictionary<string, Prefecture> ByName()
    {
        var names = new Dictionary<string, Prefecture>();
        foreach (var p in All)
        {
            // 東京, 大阪 and 京都 without their last character; 北海道 is the whole name.
            var stem = p.Code == "01" ? p.Japanese : p.Japanese[..^1];
            var english = p.English.ToLowerInvariant();
            foreach (
                var name in new[]
                {
                    p.Code, p.Code.TrimStart('0'), "jp-" + p.Code, p.Japanese, stem,
                    english, english + "-ken", english + "-to", english + "-fu", english + " prefecture",
                }
            )
                names.TryAdd(name, p);
        }
        return names;
    }

    public string Name(string language) => Names.For(language).Text;

    /// <summary>Of a code or of a name in either language; null for none.</summary>
    public static Prefecture? Of(string typed) => byName.GetValueOrDefault(Member.Searchable(typed));
}

/// <summary>One of Japan's prefectures.</summary>
sealed class PrefectureValues : ValueRules
{
    public override ValueRead Parse(MemberAttribute attribute, string typed, DateOnly today) =>
        Prefecture.Of(typed) is { } found ? ValueRead.Of(new() { Text = found.Code }) : ValueRead.Wrong("prefecture", typed.Trim());

    public override string Format(MemberAttribute attribute, TypedValue value, string language) =>
        Prefecture.Of(value.Text!)?.Name(language) ?? value.Text!;

    public override IEnumerable<(string Part, string Text)> ToForm(MemberAttribute attribute, TypedValue value, string language) =>
        [("", value.Text!)];

    internal override IEnumerable<AttributeValue> Rows(TypedValue value) => [new() { Text = value.Text, Key = value.Text }];

    internal override TypedValue Of(IReadOnlyList<AttributeValue> rows) => new() { Text = rows[0].Text };
}
