using Community.Kernel;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Members;

/// <summary>The merge fields of a site's attributes, as <c>{{attribute.phone}}</c>.</summary>
public static class AttributeMergeFields
{
    public static string NameOf(MemberAttribute attribute) => "attribute." + attribute.Key;

    internal static IEnumerable<MergeField> Of(SiteAttributes attributes) => attributes.All.Where(a => a.IsSearchable).Select(Of);

    static MergeField Of(MemberAttribute attribute)
    {
        var id = attribute.Id;
        return new(NameOf(attribute), to => Value(id, to))
        {
            Labels = attribute.Labels,
            Permission = AttributeCondition.PermissionOf(attribute),
            Having = db => db.AttributeValues.Where(v => v.AttributeId == id).Select(v => v.MemberId),
        };
    }

    // The definition is asked for anew with each message: an attribute may be retired while a mailing is sent.
    static async ValueTask<string> Value(long id, MergeRecipient to)
    {
        var db = to.Services.GetRequiredService<SiteDb>();
        if ((await db.Attributes(to.Ct))[id] is not { IsSearchable: true } attribute) return "";
        var values = await db.ValuesOf(to.MemberId, [attribute], to.Ct);
        return values.TryGetValue(id, out var value) ? attribute.Format(value, to.Culture).ReplaceLineEndings(" ") : "";
    }
}
