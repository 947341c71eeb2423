using System.Text;
using Community.Members;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Tests.Members;

/// <summary>Whole imports of random rows, in the spellings in which old databases keep what members said.</summary>
[OnBothDatabases]
public sealed class ImportRandomTests(TestHost host)
{
    const int Rows = 300;

    /// <summary>What a cell may say, and what is kept of it.</summary>
    static readonly Dictionary<string, (string Typed, string Kept)[]> fits = new()
    {
        ["telephone"] =
        [
            ("090-1234-5678", "+819012345678"), ("０９０－１２３４－５６７８", "+819012345678"), ("０９０ー１２３４ー５６７８", "+819012345678"),
            ("090‐1234‐5678", "+819012345678"), ("090‑1234‑5678", "+819012345678"), ("090–1234–5678", "+819012345678"),
            ("090—1234—5678", "+819012345678"), ("090−1234−5678", "+819012345678"), ("090―1234―5678", "+819012345678"),
            ("090ｰ1234ｰ5678", "+819012345678"), ("(03) 1234 5678", "+81312345678"), ("03（1234）5678", "+81312345678"),
            ("９０１２３４５６７８", "+819012345678"), ("+81-3-1234-5678", "+81312345678"), ("03.1234.5678", "+81312345678"),
        ],
        ["prefecture"] =
        [
            ("東京都", "東京都"), ("東京", "東京都"), ("Tokyo", "東京都"), ("13", "東京都"), ("１３", "東京都"), ("JP-13", "東京都"), ("北海道", "北海道"),
        ],
        ["birthday"] =
        [
            ("1990/2/28", "1990-02-28"), ("平成2年2月28日", "1990-02-28"), ("平成二年二月二十八日", "1990-02-28"), ("H2.2.28", "1990-02-28"),
            ("昭和64年1月7日", "1989-01-07"), ("平成元年1月8日", "1989-01-08"), ("平元.1.8", "1989-01-08"), ("6月1日", "--06-01"),
            ("６／１", "--06-01"), ("十月十日", "--10-10"), ("一九九〇年二月二十八日", "1990-02-28"), ("S430229", "1968-02-29"),
        ],
        ["since"] =
        [
            ("2020-04-01", "2020-04-01"),
            ("2020年4月1日", "2020-04-01"),
            ("20200401", "2020-04-01"),
            ("令和2年4月1日", "2020-04-01"),
            ("R2/4/1", "2020-04-01"),
            ("r020401", "2020-04-01"),
            ("平成31年4月30日", "2019-04-30"),
            ("令和元年5月1日", "2019-05-01"),
            ("㍻31年4月30日", "2019-04-30"),
            ("April 1, 2020", "2020-04-01"),
            ("1 Apr 2020", "2020-04-01"),
            ("2020-04-01 00:00:00", "2020-04-01"),
        ],
        ["balance"] = [("5", "5"), ("５．２５", "5.25"), ("1,000", "1000"), ("−10", "-10"), ("＋3", "3"), ("0.50", "0.5"), ("1E+2", "100")],
        ["drink"] = [("Green tea", "お茶"), ("お茶", "お茶"), ("GREEN TEA", "お茶"), ("tea", "お茶"), ("コーヒー", "コーヒー"), ("ｺｰﾋｰ", "コーヒー")],
        ["likes"] = [("Reading", "読書"), ("読書、Walks", "読書; 散歩"), ("散歩｜読書", "読書; 散歩"), ("Walks;Cats, dogs", "散歩; 犬と猫")],
        ["vegetarian"] = [("はい", "はい"), ("○", "はい"), ("１", "はい"), ("TRUE", "はい"), ("×", "いいえ"), ("ｎｏ", "いいえ"), ("なし", "いいえ")],
        ["postal"] = [("0600001", "0600001"), ("1000001", "1000001")],
        ["furigana"] = [("やまだ　たろう", "ヤマダ タロウ"), ("ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダ タロウ"), ("ヤマダ", "ヤマダ")],
        ["country"] = [("日本", "日本"), ("JP", "日本"), ("Germany", "ドイツ"), ("ｄｅ", "ドイツ")],
        ["url"] = [("example.com", "https://example.com/"), ("ｈｔｔｐ://example.com/a", "http://example.com/a")],
    };

    /// <summary>What no cell may say, and why.</summary>
    static readonly Dictionary<string, (string Typed, string Reason)[]> faults = new()
    {
        ["email"] =
        [
            ("no address", "members.email.problem.form"), ("a b@example.com", "members.email.problem.form"),
            ("a@exa_mple.com", "members.email.problem.domain"), ("花@example.com", "members.email.problem.local"),
        ],
        ["name"] = [("a\u202Eb", "names.direction")],
        ["language"] = [("fr", "import.bad.language"), ("フランス語", "import.bad.language")],
        ["joined"] =
        [
            ("yesterday", "import.bad.date"), ("2999-01-01", "import.bad.date"), ("1/2/2020", "attributes.problem.date.two-ways"),
            ("平成32年1月1日", "attributes.problem.date.era.after"),
        ],
        ["telephone"] =
        [
            ("12", "attributes.problem.telephone.short"), ("090-1234-5678-9012-3456", "attributes.problem.telephone.long"),
            ("なし", "attributes.problem.telephone"), ("9.01E+9", "import.bad.rounded"),
        ],
        ["prefecture"] = [("江戸", "attributes.problem.prefecture"), ("48", "attributes.problem.prefecture")],
        ["birthday"] =
        [
            ("2999/1/1", "attributes.problem.future"),
            ("2月30日", "attributes.problem.date"),
            ("平成元年1月7日", "attributes.problem.date.era.before"),
            ("昭和64年1月8日", "attributes.problem.date.era.after"),
            ("3/4/90", "attributes.problem.date.two-ways"),
            ("明治元年9月8日", "attributes.problem.date.moon"),
            ("昭和〇年1月1日", "attributes.problem.date"),
        ],
        ["since"] =
        [
            ("1999-12-31", "attributes.problem.from"),
            ("2031/1/1", "attributes.problem.to"),
            ("平成32年4月1日", "attributes.problem.date.era.after"),
            ("H310501", "attributes.problem.date.era.after"),
            ("令和元年4月30日", "attributes.problem.date.era.before"),
            ("2021-02-29", "attributes.problem.date"),
            ("04/01/2020", "attributes.problem.date.two-ways"),
            ("いつか", "attributes.problem.date"),
        ],
        ["balance"] =
        [
            ("-10.01", "attributes.problem.least"), ("1001", "attributes.problem.most"), ("0.125", "attributes.problem.decimals"),
            ("1,5", "attributes.problem.number"), ("五", "attributes.problem.number"), ("1e99", "attributes.problem.number.large"),
        ],
        ["drink"] = [("wine", "attributes.problem.option"), ("お茶; コーヒー", "attributes.problem.option")],
        ["likes"] = [("読書; 将棋", "attributes.problem.option"), ("読書、散歩、犬と猫", "attributes.problem.many")],
        ["vegetarian"] = [("不明", "attributes.problem.yes-no"), ("はいいいえ", "attributes.problem.yes-no")],
        ["postal"] = [("600001", "import.bad.zero"), ("12345", "attributes.problem.pattern"), ("060-0001", "attributes.problem.pattern")],
        ["furigana"] = [("山田", "attributes.problem.furigana"), ("Yamada", "attributes.problem.furigana")],
        ["country"] = [("アトランティス", "attributes.problem.country")],
        ["url"] = [("javascript:alert(1)", "attributes.problem.url"), ("a b", "attributes.problem.url")],
    };

    static readonly string[] own = ["email", "name", "language", "joined"];
    static string Target(string column) => own.Contains(column) ? column : "attribute:" + column;

    static MemberAttribute Of(string key, AttributeType type, params (string Key, string En, string Ja)[] options) =>
        new()
        {
            Key = key,
            Type = type,
            Labels = Translations.Of(_ => key),
            Decimals = 2,
            Options =
            [
                .. options.Select(
                    (o, i) =>
                        new AttributeOption
                        {
                            Key = o.Key,
                            Labels = Translations.Of(l => l == "en" ? o.En : o.Ja),
                            Position = i,
                        }
                ),
            ],
        };

    static Task Define(TestSite site) => site.Db(async db =>
    {
        MemberAttribute[] all =
        [
            Of("telephone", AttributeType.Telephone), Of("prefecture", AttributeType.Prefecture), Of("birthday", AttributeType.Birthday),
            Of("since", AttributeType.Date), Of("balance", AttributeType.Number),
            Of("drink", AttributeType.OneOf, ("tea", "Green tea", "お茶"), ("coffee", "Coffee", "コーヒー")),
            Of("likes", AttributeType.ManyOf, ("books", "Reading", "読書"), ("walks", "Walks", "散歩"), ("pets", "Cats, dogs", "犬と猫")),
            Of("vegetarian", AttributeType.YesNo), Of("postal", AttributeType.Text), Of("furigana", AttributeType.Furigana),
            Of("country", AttributeType.Country), Of("url", AttributeType.Url),
        ];
        for (var i = 0; i < all.Length; i++) all[i].Position = i;
        (all[3].From, all[3].To) = (new(2000, 1, 1), new(2030, 12, 31));
        (all[4].Min, all[4].Max) = (-10, 1000);
        all[6].Max = 2;
        all[8].Pattern = @"\d{7}";
        db.MemberAttributes.AddRange(all);
        db.Touch(SiteAttributes.Version);
        return await db.SaveChangesAsync();
    });

    /// <summary>
    /// Each good spelling and each fault is in at least one row: the columns are gone through in turn, what else a row has is random.
    /// </summary>
    [Fact]
    public async Task Each_bad_cell_is_named_by_row_column_and_reason_and_each_good_row_keeps_what_it_says()
    {
        var site = await host.NewSite();
        await Define(site);
        var random = new Random(20261127);
        string[] columns = [.. own, .. fits.Keys];
        var file = new StringBuilder(string.Join(',', columns) + "\n");
        var problems = new SortedSet<string>(StringComparer.Ordinal);
        var kept = new Dictionary<string, Dictionary<string, string>>();
        for (var row = 1; row <= Rows; row++)
        {
            var (email, expected) = ($"row{row}@example.com", new Dictionary<string, string>());
            var cells = new Dictionary<string, string> { ["email"] = email, ["name"] = "会員 " + row, ["language"] = "ja", ["joined"] = "" };
            foreach (var (column, of) in fits)
            {
                // Of a value that is blank in one row nothing is kept.
                if (random.Next(4) == 0) continue;
                (cells[column], expected[column]) = of[(row + random.Next(2)) % of.Length];
            }
            var isBad = random.Next(2) == 0;
            foreach (var column in isBad ? faults.Keys.OrderBy(_ => random.Next()).Take(1 + random.Next(3)) : [])
            {
                var fault = faults[column][row % faults[column].Length];
                cells[column] = fault.Typed;
                problems.Add($"{row + 1} {Target(column)} {fault.Reason}");
            }
            if (!isBad) kept[email] = expected;
            file.AppendJoin(',', columns.Select(c => Quoted(cells.GetValueOrDefault(c, "")))).Append('\n');
        }
        var admin = await site.SignIn("admin");
        var check = await Imports.Check(admin, await Imports.Upload(admin, file.ToString()));
        var found = await Found(site, check.Id);
        Assert.Empty(found.Except(problems));
        Assert.Empty(problems.Except(found));
        Assert.Equal((kept.Count, 0, 0, Rows - kept.Count), Imports.Numbers(check));
        // Each reason is a sentence, in both languages, with nothing left open in it.
        var texts = problems.Select(p => p.Split(' ')[2]).Distinct().ToList();
        foreach (var language in Texts.Languages)
        {
            var known = Texts.Read(typeof(MembersModule).Assembly, language)
                .Concat(Texts.Read(typeof(SiteDb).Assembly, language)).ToLookup(t => t.Key, t => t.Value);
            Assert.All(texts, t => Assert.True(known[t].Any(), t));
        }
        Assert.DoesNotContain("{0}", await Imports.Problems(admin, check.Id));

        Assert.Equal(Imports.Numbers(check), Imports.Numbers(await Imports.Run(admin, check.Id)));
        var values = await site.Db(async db =>
        {
            var attributes = await db.Attributes();
            var ids = await db.Members.Where(m => m.Email!.StartsWith("row")).ToDictionaryAsync(m => m.Id, m => m.Email!);
            return (await db.ValuesOf([.. ids.Keys], attributes.All)).ToDictionary(
                m => ids[m.Key], m => m.Value.ToDictionary(v => attributes[v.Key]!.Key, v => attributes[v.Key]!.Plain(v.Value, "ja"))
            );
        });
        foreach (var (email, expected) in kept)
            Assert.Equal(expected.OrderBy(e => e.Key), values.GetValueOrDefault(email, []).OrderBy(v => v.Key));
    }

    static string Quoted(string cell) => cell.Contains(',') || cell.Contains('"') ? '"' + cell.Replace("\"", "\"\"") + '"' : cell;

    static Task<SortedSet<string>> Found(TestSite site, long id) => site.Db(async db => new SortedSet<string>(
        (await db.ImportProblems.Where(p => p.ImportId == id).ToListAsync()).Select(p => $"{p.Line} {p.Target} {p.Reason}"),
        StringComparer.Ordinal
    ));

    [Fact]
    public async Task What_may_stand_in_one_row_alone_is_known_after_a_pause_too()
    {
        var site = await host.NewSite();
        await Imports.Attributes(site);
        var admin = await site.SignIn("admin");
        const string text = "Member number,email,name,Telephone\nN1,one@example.com,One,\nN2,two@example.com,Two,\n"
            + "N1,three@example.com,Same number,\nN3,TWO@example.com,Same address,\nN4,four@example.com,Bad,12\n"
            + "N4,four@example.com,Good,\nN5,four@example.com,Again,\n";
        foreach (var key in new[] { "attribute:number", "email" })
        {
            var page = await Imports.Upload(admin, text);
            var whole = await Imports.Check(admin, page, new() { ["key"] = key });
            var found = await Found(site, whole.Id);
            Assert.Equal(4, whole.Bad);
            // Paused behind each of the rows, as a check that takes long is; nothing of the host's works on it.
            for (var row = 1; row < 7; row++)
            {
                var paused = row;
                await site.Db(async db =>
                {
                    await db.MemberImports.Where(i => i.Id == whole.Id).ExecuteUpdateAsync(s => s
                        .SetProperty(i => i.State, ImportState.Checking).SetProperty(i => i.ReadUpTo, paused));
                    return await db.ImportProblems.Where(p => p.ImportId == whole.Id && p.Row > paused).ExecuteDeleteAsync();
                });
                await site.With<IServiceProvider, bool>(async services =>
                {
                    await ActivatorUtilities.CreateInstance<ImportWork>(services).Handle(new RunImport(whole.Id), default);
                    return true;
                });
                Assert.Equal(found, await Found(site, whole.Id));
            }
        }
    }
}
