using System.Text.RegularExpressions;
using Community.Mailing;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Tests.House;

/// <summary>Every column that names a member is in the list of its module, and so in the export and the erasure.</summary>
public sealed partial class PersonalDataTests(TestHost host)
{
    /// <summary>Columns that look as if they held something of a member.</summary>
    static readonly Dictionary<(Type, string), string> exempt = new()
    {
        [(typeof(Suppression), nameof(Suppression.AddressHash))] = "A keyed hash: no mail goes to the address, whoever owns it later.",
        [(typeof(Community.Members.Group), "Name")] = "A group's.",
        [(typeof(Tag), nameof(Tag.Name))] = "A tag's.",
        [(typeof(SiteSecret), nameof(SiteSecret.Name))] = "What the secret is for.",
        [(typeof(Community.Boards.Board), "Name")] = "A board's.",
        [(typeof(Community.Boards.Guest), "Name")] = "No member's: erased by ImportBoard.EraseGuest when the guest asks for it.",
        [(typeof(Community.Boards.Guest), "Address")] = "No member's: erased by ImportBoard.EraseGuest when the guest asks for it.",
        [(typeof(Community.Mailing.Engagement), "Subject")] = "A delivery, or a random number; MemberId is listed.",
    };

    [Fact]
    public async Task Every_column_with_a_members_id_or_address_is_listed_by_its_module_or_exempt_for_a_reason()
    {
        var site = await host.NewSite();
        var listed = HostModules().SelectMany(m => m.PersonalData).Select(d => (d.Entity, d.Column)).ToHashSet();
        var entities = listed.Select(l => l.Entity).ToHashSet();
        var missing = await site.Db(db => Task.FromResult(
            (
                from type in db.Model.GetEntityTypes()
                from property in type.GetProperties()
                let isId = property.ClrType == typeof(long) || property.ClrType == typeof(long?)
                let pointsToMember = property.GetContainingForeignKeys().Any(k => k.PrincipalEntityType.ClrType == typeof(Member))
                let isListed = listed.Contains((type.ClrType, property.Name))
                where isId ? (pointsToMember || Names().IsMatch(property.Name)) && !isListed
                    : property.ClrType == typeof(string) && Words().IsMatch(property.Name) && !entities.Contains(type.ClrType)
                where !exempt.ContainsKey((type.ClrType, property.Name))
                select $"{type.ClrType.Name}.{property.Name}"
            ).ToList()
        ));
        Assert.Equal([], missing);
        Assert.True(listed.Count > 30);
    }

    [Fact]
    public async Task Every_listed_column_and_every_column_that_is_left_out_or_masked_is_in_the_model()
    {
        var site = await host.NewSite();
        foreach (var data in HostModules().SelectMany(m => m.PersonalData))
        {
            var names = await site.Db(db =>
                Task.FromResult(db.Model.FindEntityType(data.Entity)!.GetProperties().Select(p => p.Name).ToHashSet())
            );
            Assert.Equal([], data.LeftOut.Union(data.Masked).Append(data.Column).Except(names).Select(n => $"{data.Entity.Name}.{n}"));
            Assert.True(data.WhenErased is not WhenErased.Kept || data.Why.Length > 0, data.Entity.Name);
        }
    }

    static IEnumerable<Module> HostModules() => Community.Web.HostModules.All;

    [GeneratedRegex("(Member|Author|Actor|Reporter|Subject|Owner|Twin|[a-z]By)(Id)?$")]
    private static partial Regex Names();

    [GeneratedRegex("Email|Address|^(To|Network|Agent|Bio|Name|UserName)$")]
    private static partial Regex Words();
}
