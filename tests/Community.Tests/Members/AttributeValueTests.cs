using System.Globalization;
using Community.Members;

namespace Community.Tests.Members;

/// <summary>What is typed for an attribute of each type, and what becomes of it.</summary>
public sealed class AttributeValueTests
{
    static readonly DateOnly today = new(2026, 6, 15);

    static MemberAttribute Of(AttributeType type) => new() { Id = 1, Key = "a", Type = type, Decimals = 6 };

    static MemberAttribute Drinks(AttributeType type)
    {
        var drinks = Of(type);
        string[] labels = ["wine", "wine, red", "tea", "a | b, c; d"];
        drinks.Options =
        [
            .. labels.Select((l, i) => new AttributeOption
            {
                Id = i + 1,
                Key = "o" + i,
                Labels = Translations.Of(language => language == "en" ? l : l == "tea" ? "お茶" : null),
                Position = i,
            }),
        ];
        return drinks;
    }

    [Theory]
    [InlineData(AttributeType.Text, "  ﾊﾝﾄﾞﾙ　名 ", "ﾊﾝﾄﾞﾙ　名")]
    [InlineData(AttributeType.LongText, "one\r\n\r\ntwo ", "one\n\ntwo")]
    [InlineData(AttributeType.Number, "１，２３４．５", "1234.5")]
    [InlineData(AttributeType.Number, "−0.50", "-0.5")]
    [InlineData(AttributeType.Number, "4.41E+11", "441000000000")]
    [InlineData(AttributeType.Date, "2026-06-01", "2026-06-01")]
    [InlineData(AttributeType.Date, "２０２６／６／１", "2026-06-01")]
    [InlineData(AttributeType.Date, "20260601", "2026-06-01")]
    [InlineData(AttributeType.Date, "2026年6月1日", "2026-06-01")]
    [InlineData(AttributeType.Date, "令和8年6月1日", "2026-06-01")]
    [InlineData(AttributeType.Date, "S64.1.7", "1989-01-07")]
    [InlineData(AttributeType.Date, "平成元年1月8日", "1989-01-08")]
    [InlineData(AttributeType.Date, "June 1, 2026", "2026-06-01")]
    [InlineData(AttributeType.Date, "2026-06-01T00:00:00", "2026-06-01")]
    [InlineData(AttributeType.Birthday, "1990/2/28", "1990-02-28")]
    [InlineData(AttributeType.Birthday, "2月29日", "--02-29")]
    [InlineData(AttributeType.Birthday, "6/1", "--06-01")]
    [InlineData(AttributeType.Birthday, "June 1", "--06-01")]
    [InlineData(AttributeType.Prefecture, "東京", "東京都")]
    [InlineData(AttributeType.Prefecture, "Ōsaka", "大阪府")]
    [InlineData(AttributeType.Prefecture, "JP-01", "北海道")]
    [InlineData(AttributeType.Prefecture, "１", "北海道")]
    [InlineData(AttributeType.Country, "usa", "アメリカ合衆国")]
    [InlineData(AttributeType.Country, "ドイツ", "ドイツ")]
    [InlineData(AttributeType.Telephone, "０９０ー１２３４ー５６７８", "+819012345678")]
    [InlineData(AttributeType.Telephone, "(03) 1234-5678", "+81312345678")]
    [InlineData(AttributeType.Telephone, "9012345678", "+819012345678")]
    [InlineData(AttributeType.Telephone, "+1 202 555 0100", "+12025550100")]
    [InlineData(AttributeType.Telephone, "03-1234-5678 ext. 12", "+81312345678;ext=12")]
    [InlineData(AttributeType.Url, "ｗｗｗ.example.com/a?b=c", "https://www.example.com/a?b=c")]
    [InlineData(AttributeType.Furigana, "やまだ　ﾀﾛｳ", "ヤマダ タロウ")]
    [InlineData(AttributeType.Furigana, "ﾌﾞﾙｰﾉ", "ブルーノ")]
    [InlineData(AttributeType.MemberNumber, " ００１２３ ", "00123")]
    public void What_is_typed_is_kept_in_one_form_and_read_again_from_it(AttributeType type, string typed, string plain)
    {
        var attribute = Of(type);
        var read = attribute.Parse(typed, today);
        Assert.Null(read.Problem);
        Assert.Equal(plain, attribute.Plain(read.Value!, "ja"));
        Assert.Equal(read.Value, attribute.Parse(plain, today).Value);
        Assert.Equal(read.Value, MemberAttribute.Of(attribute.Rows(7, read.Value!)));
        Assert.Equal(read.Value, Sent(attribute, attribute.Rules.ToForm(attribute, read.Value!, "en")).Value);
    }

    static ValueRead Sent(MemberAttribute attribute, IEnumerable<(string Part, string Text)> fields)
    {
        var parts = fields.ToLookup(f => f.Part, f => f.Text);
        return attribute.Read(p => [.. parts[p]], today);
    }

    [Theory]
    [InlineData(AttributeType.Text, "a\u202Eb", "names.direction")]
    [InlineData(AttributeType.Number, "1,5", "number")]
    [InlineData(AttributeType.Number, "12a", "number")]
    [InlineData(AttributeType.Number, "1e99", "number.large")]
    [InlineData(AttributeType.Date, "6/1/2026", "date.two-ways")]
    [InlineData(AttributeType.Date, "2026-02-29", "date")]
    [InlineData(AttributeType.Date, "46174", "date")]
    [InlineData(AttributeType.Birthday, "2026-06-16", "future")]
    [InlineData(AttributeType.Birthday, "2/30", "date")]
    [InlineData(AttributeType.YesNo, "不明", "yes-no")]
    [InlineData(AttributeType.Prefecture, "Tokio", "prefecture")]
    [InlineData(AttributeType.Country, "Atlantis", "country")]
    [InlineData(AttributeType.Telephone, "12", "telephone.short")]
    [InlineData(AttributeType.Telephone, "call me", "telephone")]
    [InlineData(AttributeType.Address, "100-0001", "address.parts")]
    [InlineData(AttributeType.Url, "javascript:alert(1)", "url")]
    [InlineData(AttributeType.Url, "https://user:secret@example.com/", "url")]
    [InlineData(AttributeType.Furigana, "山田", "furigana")]
    public void What_does_not_fit_is_refused_with_its_reason(AttributeType type, string typed, string reason) =>
        Assert.Equal(reason, Of(type).Parse(typed, today).Problem?.Reason);

    [Fact]
    public void Days_of_each_era_are_read_from_its_first_to_its_last_in_every_spelling()
    {
        (string Era, char Letter, string First, string Last)[] eras =
        [
            ("明治", 'M', "6.1.1=1873-01-01", "45.7.30=1912-07-30"), ("大正", 'T', "1.7.30=1912-07-30", "15.12.25=1926-12-25"),
            ("昭和", 'S', "1.12.25=1926-12-25", "64.1.7=1989-01-07"), ("平成", 'H', "1.1.8=1989-01-08", "31.4.30=2019-04-30"),
            ("令和", 'R', "1.5.1=2019-05-01", "99.12.31=2117-12-31"),
        ];
        var date = Of(AttributeType.Date);
        foreach (var (era, letter, first, last) in eras)
            foreach (var (edge, isLast) in new[] { (first, false), (last, true) })
            {
                var (numbers, day) = (edge.Split('=')[0].Split('.').Select(int.Parse).ToArray(), DateOnly.Parse(edge.Split('=')[1]));
                foreach (var typed in Spellings(era, letter, numbers))
                    Assert.True(date.Parse(typed, today).Value?.Date == day, $"{typed} is not {day}");
                // A day before and a day after it.
                var beyond = day.AddDays(isLast ? 1 : -1);
                var year = numbers[0] + beyond.Year - day.Year;
                if (year < 1 || era is "令和" && isLast) continue;
                foreach (var typed in Spellings(era, letter, [year, beyond.Month, beyond.Day]))
                    Assert.Equal(
                        era is "明治" && !isLast ? "date.moon" : isLast ? "date.era.after" : "date.era.before",
                        date.Parse(typed, today).Problem?.Reason
                    );
            }
        // Years long past an era's end are no mistake of a day alone.
        foreach (var typed in new[] { "平成32年1月1日", "昭和65年1月1日", "大正16年1月1日", "明治46年1月1日", "昭和九十九年一月一日" })
            Assert.Equal("date.era.after", date.Parse(typed, today).Problem?.Reason);
        foreach (var typed in new[] { "平成30年2月30日", "令和0年1月1日", "慶応3年1月1日", "平成二三十年一月一日", "X31.4.30", "H3104", "平成31年13月1日" })
            Assert.Equal("date", date.Parse(typed, today).Problem?.Reason);

        static IEnumerable<string> Spellings(string era, char letter, int[] n)
        {
            string[] letters = [$"{letter}", $"{char.ToLowerInvariant(letter)}", $"{(char)(letter - 'A' + 'Ａ')}"];
            foreach (var e in new[] { era, era[..1], Squared(era) })
                foreach (var y in n[0] == 1 ? ["元", "1", "一", "１"] : new[] { $"{n[0]}", Kanji(n[0]), string.Concat($"{n[0]}".Select(One)) })
                {
                    yield return $"{e}{y}年{n[1]}月{n[2]}日";
                    yield return $"{e} {y}年{Kanji(n[1])}月{Kanji(n[2])}日";
                    yield return $"{e}{y}.{n[1]}.{n[2]}";
                    yield return $"{e}{y}/{n[1]:00}/{n[2]:00}";
                }
            foreach (var l in letters)
            {
                yield return $"{l}{n[0]}.{n[1]}.{n[2]}";
                yield return $"{l}.{n[0]}.{n[1]}.{n[2]}";
                yield return $"{l}{n[0]:00}-{n[1]:00}-{n[2]:00}";
                yield return $"{l}{n[0]:00}{n[1]:00}{n[2]:00}";
                yield return $"{l}{n[0]}年{n[1]}月{n[2]}日";
            }
        }

        static string One(char digit) => "〇一二三四五六七八九"[digit - '0'].ToString();
        static string Squared(string era) =>
            era switch { "明治" => "㍾", "大正" => "㍽", "昭和" => "㍼", "平成" => "㍻", _ => "㋿" };
        static string Kanji(int n) =>
            (n / 10) switch
            {
                0 => "",
                1 => "十",
                var tens => One((char)('0' + tens)) + "十",
            } + (n % 10 == 0 ? "" : One((char)('0' + n % 10)));
    }

    [Fact]
    public void A_pattern_is_made_once_for_all_rows_of_a_file() =>
        Assert.Same(MemberAttribute.PatternOf(@"\d{7}"), MemberAttribute.PatternOf(@"\d{7}"));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("　")]
    [InlineData("\u200b")]
    public void Blank_text_is_no_value_of_any_type(string typed)
    {
        foreach (var type in Enum.GetValues<AttributeType>()) Assert.Equal(ValueRead.None, Of(type).Parse(typed, today));
    }

    [Theory]
    [InlineData("はい", true)]
    [InlineData("○", true)]
    [InlineData("TRUE", true)]
    [InlineData("１", true)]
    [InlineData("Y", true)]
    [InlineData("希望する", true)]
    [InlineData("購読中", true)]
    [InlineData("受け取らない", false)]
    [InlineData("不要", false)]
    [InlineData("いいえ", false)]
    [InlineData("×", false)]
    [InlineData("n", false)]
    [InlineData("0", false)]
    public void Yes_and_no_are_read_as_people_of_both_languages_write_them(string typed, bool yes) =>
        Assert.Equal(yes ? 1 : 0, Of(AttributeType.YesNo).Parse(typed, today).Value!.Number);

    [Fact]
    public void An_option_whose_label_holds_separators_is_one_option()
    {
        var drinks = Drinks(AttributeType.ManyOf);
        Assert.Equal([1], drinks.Parse("wine", today).Value!.Options);
        Assert.Equal([2], drinks.Parse("Wine, red", today).Value!.Options);
        Assert.Equal([1, 3], drinks.Parse("tea、wine", today).Value!.Options);
        Assert.Equal([2, 3], drinks.Parse("wine, red, お茶", today).Value!.Options);
        Assert.Equal("beer", drinks.Parse("tea; beer", today).Problem!.Args[0]);
        var all = drinks.Parse("a | b, c; d; wine, red; wine; tea", today).Value!;
        Assert.Equal([1, 2, 3, 4], all.Options);
        Assert.Equal(all, drinks.Parse(drinks.Plain(all, "en"), today).Value);
        Assert.Equal(all, MemberAttribute.Of(drinks.Rows(7, all)));
        Assert.Equal("option", Drinks(AttributeType.OneOf).Parse("tea; wine", today).Problem!.Reason);
    }

    [Fact]
    public void A_retired_option_is_kept_by_who_has_it_and_chosen_by_nobody_else()
    {
        var drinks = Drinks(AttributeType.ManyOf);
        var had = drinks.Parse("tea", today).Value!;
        drinks.Options[2].RetiredAt = DateTime.UnixEpoch;
        Assert.Equal("option.retired", drinks.Parse("tea", today).Problem!.Reason);
        Assert.Equal([1, 3], drinks.Parse("tea, wine", today, had).Value!.Options);
    }

    [Fact]
    public void Pattern_and_range_hold_for_new_values_and_not_for_one_that_was_there_before()
    {
        var code = Of(AttributeType.Text);
        (code.Pattern, code.Max) = ("[A-Z]{2}[0-9]+", 6);
        Assert.Null(code.Parse("AB12", today).Problem);
        Assert.Equal("pattern", code.Parse("AB12x", today).Problem!.Reason);
        Assert.Equal("long", code.Parse("AB12345", today).Problem!.Reason);
        Assert.Null(code.Parse("ab", today, new TypedValue { Type = AttributeType.Text, Text = "ab" }).Problem);
        var size = Of(AttributeType.Number);
        (size.Min, size.Max, size.Decimals) = (1, 20, 0);
        Assert.Equal("least", size.Parse("0", today).Problem!.Reason);
        Assert.Equal("most", size.Parse("21", today).Problem!.Reason);
        Assert.Equal("whole", size.Parse("1.5", today).Problem!.Reason);
        Assert.Null(MemberAttribute.PatternOf("(a+)+\\1"));
        Assert.Null(MemberAttribute.PatternOf("(a"));
        Assert.DoesNotMatch(MemberAttribute.PatternOf("(a+)+b")!, new string('a', 5000));
    }

    [Theory]
    [InlineData("〒100-0001 東京都千代田区千代田1-1", "100-0001", "13", "千代田区", "千代田1-1", "")]
    [InlineData("0600001北海道札幌市中央区北一条西2丁目　市役所5階", "060-0001", "01", "札幌市中央区", "北一条西2丁目", "市役所5階")]
    [InlineData("三重県四日市市諏訪町1-5", "", "24", "四日市市", "諏訪町1-5", "")]
    [InlineData("東京都町田市森野2-2-22", "", "13", "町田市", "森野2-2-22", "")]
    [InlineData("長野県北佐久郡軽井沢町長倉2381", "", "20", "北佐久郡軽井沢町", "長倉2381", "")]
    public void A_Japanese_address_in_one_text_is_taken_apart(
        string typed,
        string postal,
        string prefecture,
        string city,
        string line1,
        string line2
    )
    {
        var address = Of(AttributeType.Address);
        var read = address.Parse(typed, today);
        Assert.Equal(new PostalAddress("JP", postal, prefecture, city, line1, line2), read.Value?.Address);
        Assert.Equal(read.Value, address.Parse(address.Plain(read.Value!, "ja"), today).Value);
        Assert.Equal(read.Value, address.Parse(address.Plain(read.Value!, "en"), today).Value);
        Assert.Equal(read.Value, MemberAttribute.Of(address.Rows(7, read.Value!)));
    }

    [Fact]
    public void An_address_of_parts_says_which_part_is_wrong_and_a_foreign_one_needs_no_prefecture()
    {
        var address = Of(AttributeType.Address);
        ValueRead Typed(string country, string postal, string region, string city, string line1) =>
            Sent(address, [(".country", country), (".postal-code", postal), (".region", region), (".city", city), (".street", line1)]);
        Assert.Equal(ValueRead.None, Typed("JP", "", "", "", ""));
        Assert.Equal("address.postal-code.zero", Typed("JP", "600001", "北海道", "札幌市", "1").Problem!.Reason);
        Assert.Equal("address.prefecture", Typed("JP", "1000001", "", "千代田区", "1").Problem!.Reason);
        Assert.Equal("13", Typed("JP", "１００ー０００１", "", "東京都千代田区", "1").Value!.Address!.Region);
        Assert.Equal("address.city", Typed("", "", "Tokyo", " ", "1").Problem!.Reason);
        var foreign = Typed("US", "98101", "WA", "Seattle", "1 Pike Street").Value!;
        Assert.Equal("1 Pike Street, Seattle, WA 98101, United States", address.Format(foreign, "en"));
        Assert.Equal("〒100-0001 東京都千代田区1", address.Format(Typed("JP", "1000001", "東京", "千代田区", "1").Value!, "en"));
    }

    [Fact]
    public void A_random_day_number_or_telephone_is_read_alike_in_each_spelling_and_a_spoilt_one_says_why()
    {
        var seed = Seeds.Next();
        var random = new Random(seed);
        string[] hyphens = ["-", "‐", "‑", "–", "—", "−", "ー", "－", "ｰ"];
        for (var i = 0; i < 300; i++)
        {
            var day = new DateOnly(1927, 1, 1).AddDays(random.Next(36_000));
            var (era, first) = day >= new DateOnly(2019, 5, 1) ? ("令和R", 2019)
                : day >= new DateOnly(1989, 1, 8) ? ("平成H", 1989)
                : ("昭和S", 1926);
            var (y, m, d, n) = (day.Year, day.Month, day.Day, day.Year - first + 1);
            foreach (var spelt in new[]
            {
                $"{y}-{m:00}-{d:00}", $"{y}/{m}/{d}", $"{y}.{m}.{d}", $"{y:0000}{m:00}{d:00}", $"{y}年{m}月{d}日", $"{y}-{m}-{d} 00:00:00",
                $"{era[..2]}{n}年{m}月{d}日", $"{era[2]}{n}.{m}.{d}", $"{char.ToLowerInvariant(era[2])}{n}/{m}/{d}",
                n == 1 ? $"{era[..2]}元年{m}月{d}日" : $"{era[..2]}{n}/{m}/{d}",
            })
                foreach (var typed in new[] { spelt, Wide(spelt), $" {spelt}　" })
                    Assert.True(day == Of(AttributeType.Date).Parse(typed, today).Value?.Date, $"seed {seed}: {typed}");
            foreach (var spoilt in new[]
            {
                $"{y}/13/{d}", $"{y}/2/30", $"{y}年{m}月32日", $"{era[..2]}{n}年0月{d}日", $"{y}/{m}", "不明", $"文化{n}年1月1日",
            })
                Assert.True(Of(AttributeType.Date).Parse(spoilt, today).Problem?.Reason is "date", $"seed {seed}: {spoilt}");
            Assert.Equal("date.two-ways", Of(AttributeType.Date).Parse($"{m}/{d}/{y}", today).Problem?.Reason);

            var digits = $"0{random.Next(5, 10)}0{random.Next(1000, 10000)}{random.Next(1000, 10000)}";
            var wanted = Of(AttributeType.Telephone).Parse(digits, today).Value?.Text;
            Assert.True(wanted is not null, digits);
            var hyphen = hyphens[random.Next(hyphens.Length)];
            var apart = string.Join(hyphen, digits[..3], digits[3..7], digits[7..]);
            foreach (var typed in new[] { apart, Wide(apart), $"({digits[..3]}) {digits[3..7]} {digits[7..]}" })
                Assert.True(wanted == Of(AttributeType.Telephone).Parse(typed, today).Value?.Text, $"seed {seed}: {typed}");

            var number = random.Next(-1000, 1000);
            foreach (var typed in new[] { $"{number}", Wide($"{number}"), $" {number} " })
                Assert.True(number == Of(AttributeType.Number).Parse(typed, today).Value?.Number, $"seed {seed}: {typed}");
            foreach (var spoilt in new[] { $"{number}x", "一二三", "1..2", "--1" })
                Assert.True(Of(AttributeType.Number).Parse(spoilt, today).Problem is not null, $"seed {seed}: {spoilt}");
        }

        static string Wide(string text) => string.Concat(text.Select(c => c is > ' ' and <= '~' ? (char)(c + 0xFEE0) : c == ' ' ? '　' : c));
    }

    [Fact]
    public void Furigana_sorts_as_dictionaries_do()
    {
        string[] sorted = ["か", "が", "かあ", "カー", "がき", "かった", "かつた", "かんだ", "きた", "さとう", "さとうけん"];
        var keys = sorted.Select(FuriganaKey).ToList();
        Assert.Equal(keys.Order(StringComparer.Ordinal), keys);

        static string FuriganaKey(string kana)
        {
            var attribute = Of(AttributeType.Furigana);
            return attribute.Rows(1, attribute.Parse(kana, today).Value!)[0].Key!;
        }
    }

    [Fact]
    public void A_value_is_formatted_for_its_reader_in_either_language()
    {
        Assert.Equal("June 1, 2026|2026年6月1日", Both(AttributeType.Date, "2026-06-01"));
        Assert.Equal("June 1|6月1日", Both(AttributeType.Birthday, "--06-01"));
        Assert.Equal("1,234.5|1,234.5", Both(AttributeType.Number, "1234.5"));
        Assert.Equal("Yes|はい", Both(AttributeType.YesNo, "1"));
        Assert.Equal("Tokyo|東京都", Both(AttributeType.Prefecture, "13"));
        Assert.Equal("090-1234-5678|090-1234-5678", Both(AttributeType.Telephone, "+819012345678"));
        Assert.Equal("+1 202-555-0100|+1 202-555-0100", Both(AttributeType.Telephone, "+1 202 555 0100"));

        static string Both(AttributeType type, string typed)
        {
            var (attribute, value) = (Of(type), Of(type).Parse(typed, today).Value!);
            return attribute.Format(value, "en") + "|" + attribute.Format(value, "ja");
        }
    }

    [Fact]
    public void There_are_47_prefectures_and_249_countries_with_names_in_both_languages()
    {
        Assert.Equal(47, Prefecture.All.Count);
        Assert.Equal("47", Prefecture.Of("沖縄")!.Code);
        Assert.Equal(249, Country.All.Count);
        Assert.All(Country.All, c => Assert.Equal(c, Country.Of(c.Name("ja"))));
        Assert.All(Country.All, c => Assert.Equal(c, Country.Of(c.Name("en").ToUpper(CultureInfo.InvariantCulture))));
    }
}
