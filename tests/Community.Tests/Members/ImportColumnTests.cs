using System.Text;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>What staff see and choose on the page of a file's columns, and what becomes of addresses in several columns.</summary>
public sealed class ImportColumnTests(TestHost host)
{
    [Fact]
    public async Task Columns_are_recognised_by_their_usual_names_and_parts_make_one_address()
    {
        var site = await host.NewSite();
        await Imports.Attributes(site);
        await site.Db(async db =>
        {
            db.MemberAttributes.Add(
                new()
                {
                    Key = "home",
                    Type = AttributeType.Address,
                    Labels = Translations.Of(l => l == "en" ? "Home" : "ご自宅"),
                    Position = 99,
                }
            );
            db.Touch(SiteAttributes.Version);
            return await db.SaveChangesAsync();
        });
        var admin = await site.SignIn("admin");
        var page = await Imports.Upload(
            admin,
            "mail,お名前,TEL,会員ID,DOB,住所,建物名,zip,都道府県\n"
                + "a@example.com,A,0312345678,1,1990/2/28,千代田区丸の内1-1,〇〇ビル3階,1000005,東京都\n"
                + "b@example.com,B,,2,,京都府京都市中京区本町2-2 コーポ1,202,,東京都\n"
                + "c@example.com,C,,3,,,,,大阪\n"
                + "d@example.com,D,,4,,本所2-2,,,大阪府\n"
                + "e@example.com,E,,5,,大阪市北区1-1,,60001,大阪府\n"
                + "f@example.com,F,,6,,東京都 | 千代田区 | 1,,,\n"
        );
        Assert.Equal(
            [
                "email",
                "name",
                "attribute:telephone",
                "attribute:number",
                "attribute:birthday",
                "attribute:home",
                "attribute:home.building",
                "attribute:home.postal-code",
                "attribute:prefecture",
            ],
            Targets(page)
        );
        var check = await Imports.Check(admin, page);
        Assert.Equal((3, 0, 0, 3), Imports.Numbers(check));
        var problems = await Imports.Problems(admin, check.Id);
        Assert.Contains("\"5\",\"住所\",\"本所2-2\"", problems);
        Assert.Contains("\"6\",\"zip\",\"60001\"", problems);
        Assert.Contains("\"7\",\"住所\"", problems);
        await Imports.Run(admin, check.Id);
        Assert.Equal("JP | 100-0005 | Tokyo | 千代田区 | 丸の内1-1 | 〇〇ビル3階", (await Imports.Values(site, "a@example.com"))["home"]);
        // The text itself counts more than the column of the prefecture.
        Assert.Equal("JP |  | Kyoto | 京都市中京区 | 本町2-2 | コーポ1 202", (await Imports.Values(site, "b@example.com"))["home"]);
        Assert.False((await Imports.Values(site, "c@example.com")).ContainsKey("home"));

        // Undone as one value, whatever its columns were.
        await Imports.Press(admin, check.Id, "undo");
        Assert.Equal(0, (await Imports.Until(site, check.Id, ImportState.Undone)).Left);

        // Each part in a column of its own, chosen by hand; abroad there is no prefecture.
        page = await Imports.Upload(
            admin,
            "email,name,country,pref,市区町村,番地\ng@example.com,G,,北海道,札幌市北区,1-2\nh@example.com,H,US,CA,San Jose,1 Main St\n"
        );
        check = await Imports.Check(
            admin,
            page,
            new() { ["c2"] = "attribute:home.country", ["c3"] = "attribute:home.region" }
        );
        Assert.Equal((2, 0, 0, 0), Imports.Numbers(check));
        await Imports.Run(admin, check.Id);
        Assert.Equal(
            "JP |  | Hokkaido | 札幌市北区 | 1-2 | ",
            (await Imports.Values(site, "g@example.com"))["home"] + " ",
            ignoreWhiteSpaceDifferences: true
        );
        Assert.StartsWith("US |  | CA | San Jose | 1 Main St", (await Imports.Values(site, "h@example.com"))["home"]);
    }

    [Fact]
    public async Task A_part_of_an_address_alone_is_not_guessed_and_a_usual_heading_tells_the_type_of_its_attribute()
    {
        var site = await host.NewSite();
        await site.Db(async db =>
        {
            db.MemberAttributes.Add(new()
            {
                Key = "home",
                Type = AttributeType.Address,
                Labels = Translations.Of(l => l == "en" ? "Home" : "ご自宅"),
            });
            db.Touch(SiteAttributes.Version);
            return await db.SaveChangesAsync();
        });
        var admin = await site.SignIn("admin");
        // No address is made of a postal code: each row would be a bad one.
        var page = await Imports.Upload(
            admin,
            "mail,氏名,郵便番号,会員番号,希望\na@example.com,A,1000005,1,希望する\nb@example.com,B,1000005,2,希望しない\n"
        );
        Assert.Equal(["email", "name", "", "", ""], Targets(page));
        // An example is shown once.
        Assert.DoesNotContain("1000005, 1000005", page.Text);
        var link = page.Document.QuerySelector("a[href*='column=3']")!.GetAttribute("href")!;
        var definition = await admin.Get(link);
        Assert.Equal("会員番号", definition.Document.QuerySelector("[name=Label-en]")!.GetAttribute("value"));
        var back = await admin.Submit(definition, new() { ["Key"] = "number" });
        Assert.Equal(["email", "name", "", "attribute:number", ""], Targets(back));
        // What a person chose once is kept, whatever would have been guessed.
        await admin.Submit(back, new() { ["c2"] = "attribute:home.postal-code", ["do"] = "save" }, "form:has([name=key])");
        page = await Imports.Upload(admin, "mail,氏名,郵便番号,会員番号,希望\nc@example.com,C,1000005,3,希望する\n");
        Assert.Equal("attribute:home.postal-code", Targets(page).ElementAt(2));
    }

    [Fact]
    public async Task A_column_without_an_attribute_leads_to_a_new_one_and_back_and_nothing_chosen_is_lost()
    {
        var site = await host.NewSite();
        await Imports.Attributes(site);
        var admin = await site.SignIn("admin");
        var page = await Imports.Upload(admin, "email,name,菜食,番号,性別\na@example.com,A,はい,7,男\nb@example.com,B,たまに,8,女\n");
        var url = page.Url.AbsolutePath;
        Assert.Contains("These columns are not imported: 番号, 性別", page.Text);
        // What explains itself is folded away; what does not is asked.
        var folded = page.Document.QuerySelectorAll("details [name='t2.0'], details [name='t2.1']");
        Assert.Equal("はい", Assert.Single(folded).GetAttribute("value"));

        // Read again, what was chosen and not saved stays.
        var read = await admin.Submit(
            page,
            new()
            {
                ["c3"] = "attribute:remark",
                ["mode"] = "Replace",
                ["do"] = "read",
            },
            "form:has([name=key])"
        );
        Assert.Equal(["email", "name", "attribute:vegetarian", "attribute:remark", ""], Targets(read));
        Assert.Equal("Replace", read.Document.QuerySelector("[name=mode] option[selected]")!.GetAttribute("value"));

        var types = await admin.Get(read.Document.QuerySelector("a[href*='column=4']")!.GetAttribute("href")!);
        var definition = await admin.Get(types.Document.QuerySelector("a[href*='type=one-of']")!.GetAttribute("href")!);
        Assert.Equal("性別", definition.Document.QuerySelector("[name=Label-en]")!.GetAttribute("value"));
        var back = await admin.Submit(definition, new() { ["NewOptions"] = "男\n女", ["Key"] = "sex" });
        Assert.Equal(url, back.Url.AbsolutePath);
        Assert.Equal("attribute:sex", Targets(back).Last());

        // The first press shows what is asked, and says so; nothing is checked yet.
        var form = new Dictionary<string, string> { ["c3"] = "attribute:vegetarian", ["c2"] = "", ["do"] = "check" };
        var look = await admin.Submit(back, form, "form:has([name=key])");
        Assert.Contains("press “Check the file” once more", look.Text);
        Assert.Equal(ImportState.Mapping, (await Imports.Of(site, Imports.IdOf(page))).State);

        // A number of an import that is not there leads nowhere.
        var plain = await admin.Get("/staff/attributes/new?type=text&import=999999&column=1");
        Assert.Equal("/staff/attributes", plain.Document.QuerySelector(".form-actions a")!.GetAttribute("href"));
    }

    [Fact]
    public void Letters_that_NEC_placed_elsewhere_are_read_as_Windows_reads_them()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var windows = Encoding.GetEncoding(932);
        // 髙 and 﨑 by the WHATWG's index; the first and the last ideograph; small numerals and the four signs at the end.
        Assert.Equal("髙﨑纊黑ⅰⅹ￢￤＇＂", string.Concat(((byte[])
        [
            0xEE, 0xE0, 0xED, 0x95, 0xED, 0x40, 0xEE, 0xEC, 0xEE, 0xEF, 0xEE, 0xF8, 0xEE, 0xF9, 0xEE, 0xFA, 0xEE, 0xFB, 0xEE, 0xFC,
        ]).Chunk(2).Select(Read)));
        Assert.Equal("\uFFFD\uFFFD", Read([0xEE, 0xED]) + Read([0xEF, 0x40]));
        // Each of the 360 is a letter that code page 932 has at IBM's place, in IBM's order.
        var all = new List<string>();
        for (var lead = 0xED; lead <= 0xEE; lead++)
            for (var trail = 0x40; trail <= 0xFC; trail++)
                if (trail != 0x7F && (lead, trail) is not (0xEE, > 0xEC)) all.Add(Read([(byte)lead, (byte)trail]));
        Assert.Equal(360, all.Distinct().Count());
        var ibm = all.ConvertAll(l => Convert.ToHexString(windows.GetBytes(l)));
        Assert.Equal(("FA5C", "FC4B"), (ibm[0], ibm[^1]));
        Assert.Equal(ibm.Order(StringComparer.Ordinal), ibm);

        static string Read(byte[] letter)
        {
            var path = Path.GetTempFileName();
            try
            {
                File.WriteAllBytes(path, [.. "x\n"u8, .. letter, .. "\n"u8]);
                return ImportFile.Rows(path, new("csv", "shift_jis")).Last()[0].Text;
            }
            finally { File.Delete(path); }
        }
    }

    static IEnumerable<string> Targets(Page page) =>
        page.Document.QuerySelectorAll("select[name^=c]").Where(s => char.IsAsciiDigit(s.GetAttribute("name")![1]))
            .Select(s => s.QuerySelector("option[selected]")?.GetAttribute("value") ?? "");
}
