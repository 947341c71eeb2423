using Community.Kernel;

namespace Community.Tests.Kernel;

public sealed class NamingTests
{
    public static TheoryData<string, NameFault> Refused =>
        new()
        {
            { "", NameFault.Missing },
            { " \u3000\t", NameFault.Missing },
            { "\u200b\u200c\u200d\ufeff\u2060", NameFault.Invisible },
            { "\u3164", NameFault.Invisible },
            { "\uffa0\uffa0", NameFault.Invisible },
            { "\u115f\u1160", NameFault.Invisible },
            { "\u2800\u2800", NameFault.Invisible },
            { "\u200f\u200e", NameFault.Invisible },
            { "\ufe0f", NameFault.Invisible },
            { "\u00ad\u034f\u180e", NameFault.Invisible },
            { "\U00013441", NameFault.Invisible },
            { "\U0001D159", NameFault.Invisible },
            { "\ufffc", NameFault.Invisible },
            { "\ue000", NameFault.Invisible },
            { "\U000E0101", NameFault.Invisible },
            { "two\nlines", NameFault.Control },
            { "two\u2028lines", NameFault.Control },
            { "two\u2029lines", NameFault.Control },
            { "a\u0085b", NameFault.Control },
            { "a\0b", NameFault.Control },
            { "none \uffff", NameFault.Broken },
            { "none \ufffe", NameFault.Broken },
            { "none \ufdd0", NameFault.Broken },
            { "none \U0001FFFE", NameFault.Broken },
            { "Z" + new string('\u0335', 100), NameFault.Marks },
            { "\u0301alone", NameFault.Marks },
            { "x\u0302\u0302\u0302\u0302\u0302", NameFault.Marks },
            // What shows nothing between marks does not part them, nor does the grapheme joiner.
            { "x\u0302\u0302\u0302\u0302\u200d\u0302", NameFault.Marks },
            { "x\u0302\u0302\u034f\u0302\u0302\u0302", NameFault.Marks },
            { "x\u0302\u0302\u200b\u0302\u0302\u0302", NameFault.Marks },
            { "\u202eanna", NameFault.Direction },
            { "\u202eanna\u202c", NameFault.Direction },
            { "\u202danna\u202c", NameFault.Direction },
            { "\u2067anna", NameFault.Direction },
            { "\u202banna\u2069", NameFault.Direction },
            { "anna\u202c", NameFault.Direction },
            { "\u2067\u202banna\u2069\u202c", NameFault.Direction },
            { "anna\U000E0061\U000E0064", NameFault.Hidden },
            { "\U0001F3F4\U000E0061\U000E0064\U000E007F", NameFault.Hidden },
            { "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067", NameFault.Hidden },
            { "\u2764\ufe0f\ufe0e\ufe0f", NameFault.Hidden },
            { "an\U000E0001na", NameFault.Hidden },
        };

    // Half a character does not outlive the way to a theory.
    [Fact]
    public void Half_a_character_is_no_name()
    {
        foreach (var half in new[] { "half \ud83d", "half \ude00", "\ude00\ud83d" })
            Assert.Equal(NameFault.Broken, Naming.Read(half).Fault);
    }

    [Theory, MemberData(nameof(Refused))]
    public void What_shows_nothing_or_moves_what_stands_beside_it_is_no_name(string typed, NameFault why) =>
        Assert.Equal(why, Naming.Read(typed).Fault);

    [Theory]
    [
        InlineData("Anna"),
        InlineData("山田　太郎"),
        InlineData("ジョージ・ヴァン"),
        InlineData("O’Neill-Sánchez Jr."),
        InlineData("…"),
        InlineData("7")
    ]
    [
        InlineData("Nguyễn Thị Hồng Nhung"),
        InlineData("क्षत्रिय"),
        InlineData("ศักดิ์สิทธิ์"),
        InlineData("ที่รักน้ำผึ้ง"),
        InlineData("שָׁלוֹם"),
        InlineData("בְּרֵאשִׁ֖ית"),
        InlineData("مُحَمَّدٌ"),
        InlineData("བསྒྲུབས")
    ]
    [
        InlineData("ကျွန်ုပ်"),
        InlineData("ខ្ញុំស្រឡាញ់"),
        InlineData("தமிழ்ச்செல்வி"),
        InlineData("മലയാളം"),
        InlineData("میخواهم\u200cها"),
        InlineData("Ą́žuolas"),
        InlineData("ភ្នំពេញ")
    ]
    [
        InlineData("👩‍👩‍👧‍👦"),
        InlineData("❤️"),
        InlineData("👁️‍🗨️"),
        InlineData("1️⃣"),
        InlineData("🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F"),
        InlineData("🇯🇵"),
        InlineData("👍🏽 Anna"),
        InlineData("葛󠄀城")
    ]
    [InlineData("\u200fשלום\u200f"), InlineData("Title \u2068שלום\u2069 (1)"), InlineData("\u202bשלום\u202c!")]
    public void Ordinary_words_of_all_scripts_and_emoji_are_names(string typed)
    {
        var read = Naming.Read(typed);
        Assert.Null(read.Fault);
        Assert.Equal(typed.Normalize(), read.Text);
    }

    [Theory]
    [
        InlineData("  Anna \u00a0 Lee\u200b ", "Anna Lee"),
        InlineData("\ufeffAnna\u3164", "Anna"),
        InlineData("Cafe\u0301", "Café"),
        InlineData("か\u3099", "が"),
        InlineData("山田\u3000\u3000太郎", "山田\u3000太郎")
    ]
    public void A_name_is_kept_composed_and_without_what_does_not_show_at_its_ends(string typed, string kept) =>
        Assert.Equal(kept, Naming.Kept(typed));

    [Theory]
    [
        InlineData("Ruth Ellery", "Ruth Ellery"),
        InlineData("Ruth Ellery", "RUTH  ELLERY."),
        InlineData("Ruth Ellery", "Ruth\u200b Ellery"),
        InlineData("Ruth Ellery", "Ｒｕｔｈ Ｅｌｌｅｒｙ"),
        InlineData("Ruth Ellery", "Ruth Еllеrу")
    ]
    [
        InlineData("Ruth Ellery", "𝐑𝐮𝐭𝐡 𝓔llery"),
        InlineData("Ruth Ellery", "Ruth EIIery"),
        InlineData("Ruth Ellery", "Rúth_Elléry"),
        InlineData("Ruth Ellery", "★Ruth Ellery★"),
        InlineData("Ruth Ellery", "ⓇⓊⓉⒽ ellery")
    ]
    [
        InlineData("Tom", "Torn"),
        InlineData("Operator", "0perat0r"),
        InlineData("Operator", "Ορεrаtоr"),
        InlineData("Bill", "Bi11"),
        InlineData("Bill", "B|ll"),
        InlineData("ilya", "Ilya"),
        InlineData("Admin", "Αdmіn"),
        InlineData("Admin", "Adm\u3164in")
    ]
    [
        InlineData("スタッフ", "ｽﾀｯﾌ"),
        InlineData("スタッフ", "スタツフ"),
        InlineData("スタッフ", "ス夕ッフ"),
        InlineData("モデレーター", "モデレ一タ一"),
        InlineData("モデレーター", "モデレ-タ―"),
        InlineData("口コミ", "ロコミ"),
        InlineData("ヘルプ", "へルプ"),
        InlineData("ニ", "二"),
        InlineData("カ", "力")
    ]
    [InlineData("管理者", "菅理者"), InlineData("管理者", "管\u2060理者"), InlineData("管理者", "管 理 者"), InlineData("ガ", "ｶﾞ")]
    [
        InlineData("Admin", "🅰dmin"),
        InlineData("Admin", "🅐🅓🅜🅘🅝"),
        InlineData("Admin", "🇦 🇩 🇲 🇮 🇳"),
        InlineData("Admin", "🄰🄳🄼🄸🄽"),
        InlineData("Admin", "ᴀᴅᴍɪɴ"),
        InlineData("Admin", "Ꭺdmin"),
        InlineData("Admin", "Aԁmin"),
        InlineData("Admin", "Adⅿin")
    ]
    [
        InlineData("Admin", "Admiո"),
        InlineData("Admin", "A⃝dmin"),
        InlineData("Admin", "A̲d̲min"),
        InlineData("Admin", "Ａｄｍｉｎ"),
        InlineData("Admin", "₳dmin"),
        InlineData("Admin", "∆dmin"),
        InlineData("Admin", "ʌdmin"),
        InlineData("Admin", "ɑdmin"),
        InlineData("Staff", "Staﬀ"),
        InlineData("Webmaster", "VVebmaster")
    ]
    [
        InlineData("田中", "⽥中"),
        InlineData("エリ", "工リ"),
        InlineData("ハナ", "八ナ"),
        InlineData("ミ", "三"),
        InlineData("ト", "卜"),
        InlineData("チ", "千"),
        InlineData("り", "リ"),
        InlineData("一郎", "ー郎"),
        InlineData("タ", "夕"),
        InlineData("オ", "才"),
        InlineData("ノ", "丿"),
        InlineData("イ", "亻"),
        InlineData("ヌ", "又"),
        InlineData("ム", "厶"),
        InlineData("メ", "乂")
    ]
    public void Names_that_look_alike_have_one_skeleton(string one, string other) => Assert.Equal(LookAlikes.Of(one), LookAlikes.Of(other));

    [Theory]
    [
        InlineData("Ruth Ellery", "Ruth Ellers"),
        InlineData("Anna", "Hanna"),
        InlineData("か", "が"),
        InlineData("スタッフ", "スタイル"),
        InlineData("田中", "由中"),
        InlineData("Anna", "Αнна")
    ]
    public void Names_that_do_not_look_alike_have_two(string one, string other) =>
        Assert.NotEqual(LookAlikes.Of(one), LookAlikes.Of(other));
}
