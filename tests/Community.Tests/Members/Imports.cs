using System.Text;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.Members;

/// <summary>Imports through the front door.</summary>
static class Imports
{
    /// <summary>Attributes of several types on a site.</summary>
    public static Task Attributes(TestSite site) => site.Db(async db =>
    {
        MemberAttribute[] all =
        [
            Of("telephone", AttributeType.Telephone, "Telephone", "電話番号"),
            Of("prefecture", AttributeType.Prefecture, "Prefecture", "都道府県"),
            Of("birthday", AttributeType.Birthday, "Birthday", "誕生日"),
            Of("number", AttributeType.MemberNumber, "Member number", "会員番号"),
            Of("vegetarian", AttributeType.YesNo, "Vegetarian", "菜食"),
            Of("postal", AttributeType.Text, "Postal code", "郵便番号"),
            Of("balance", AttributeType.Number, "Balance", "残高"),
            Of("remark", AttributeType.Text, "Remark", "備考"),
        ];
        all[5].Pattern = @"\d{7}";
        all[1].Visibility = Visibility.Personal;
        db.MemberAttributes.AddRange(all);
        db.Touch(SiteAttributes.Version);
        return await db.SaveChangesAsync();
    });

    static int position;

    static MemberAttribute Of(string key, AttributeType type, string en, string ja) =>
        new()
        {
            Key = key,
            Type = type,
            Labels = Translations.Of(l => l == "en" ? en : ja),
            Decimals = 2,
            Position = Interlocked.Increment(ref position),
        };

    /// <summary>Uploads a file; the page that it leads to.</summary>
    public static async Task<Page> Upload(Visitor staff, byte[] bytes, string name = "members.csv")
    {
        var page = await staff.Get("/staff/members/import");
        var form = page.Document.QuerySelector("form[enctype]")!;
        var content = new MultipartFormDataContent { { new ByteArrayContent(bytes), "file", name } };
        foreach (var hidden in form.QuerySelectorAll("input[type=hidden]"))
            content.Add(new StringContent(hidden.GetAttribute("value")!), hidden.GetAttribute("name")!);
        var sent = await staff.Send(new(HttpMethod.Post, form.GetAttribute("action")) { Content = content });
        return await staff.Get(sent.Location!.PathAndQuery);
    }

    public static Task<Page> Upload(Visitor staff, string text) => Upload(staff, Encoding.UTF8.GetBytes(text));

    public static long IdOf(Page page) => long.Parse(page.Url.Segments[^1]);

    /// <summary>Chooses, sees the texts that are asked about, and has the file checked.</summary>
    public static async Task<MemberImport> Check(Visitor staff, Page page, Dictionary<string, string>? fields = null)
    {
        const string form = "form:has([name=key])";
        var sent = await staff.Submit(page, new(fields ?? []) { ["do"] = "check" }, form);
        if (sent.Document.QuerySelector(form) is not null && sent.Document.QuerySelector("progress") is null)
            sent = await staff.Submit(sent, new(fields ?? []) { ["do"] = "check" }, form);
        Assert.True(sent.Document.QuerySelector("progress") is not null, sent.Text);
        return await Until(staff.Site, IdOf(page), ImportState.Checked);
    }

    public static async Task<MemberImport> Run(Visitor staff, long id, ImportState until = ImportState.Done)
    {
        await Press(staff, id, "run");
        return await Until(staff.Site, id, until);
    }

    public static async Task<Page> Press(Visitor staff, long id, string button) =>
        await staff.Submit($"/staff/members/import/{id}", [], $"form[action$='/{id}/{button}']");

    public static async Task<MemberImport> Until(TestSite site, long id, ImportState state)
    {
        await TestSite.Until(
            () => site.Db(db => db.MemberImports.AnyAsync(i => i.Id == id && i.State == state)), $"import {id} is {state}"
        );
        return await Of(site, id);
    }

    public static Task<MemberImport> Of(TestSite site, long id) =>
        site.Db(db => db.MemberImports.AsNoTracking().SingleAsync(i => i.Id == id));

    public static (int, int, int, int) Numbers(MemberImport import) => (import.Created, import.Changed, import.Unchanged, import.Bad);

    public static Task<Member?> Member(TestSite site, string email) => site.Db(db => db.Members.AsNoTracking().OfAddress(email, default));

    public static Task<IReadOnlyDictionary<string, string>> Values(TestSite site, string email) => site.Db(async db =>
    {
        var attributes = await db.Attributes();
        var id = (await db.Members.OfAddress(email, default))!.Id;
        return (IReadOnlyDictionary<string, string>)(await db.ValuesOf(id, attributes.All))
            .ToDictionary(v => attributes[v.Key]!.Key, v => attributes[v.Key]!.Plain(v.Value, "en"));
    });

    public static async Task<string> Problems(Visitor staff, long id)
    {
        var page = await staff.Get($"/staff/members/import/{id}");
        return (await staff.Post(page, [], $"form[action$='/{id}/problems']")).Html;
    }
}
