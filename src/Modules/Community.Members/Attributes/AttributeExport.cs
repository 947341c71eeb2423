using System.Text.Json;
using Community.Kernel;

namespace Community.Members;

/// <summary>Values of attributes in the export of a member's data: by the attribute's key and label, in the site's language.</summary>
static class AttributeExport
{
    public static async Task Values(SiteDb db, IReadOnlyList<AttributeValue> rows, Utf8JsonWriter json, bool masked)
    {
        var attributes = await db.Attributes();
        foreach (var value in rows.GroupBy(r => r.AttributeId).OrderBy(v => attributes[v.Key]!.Position))
        {
            var attribute = attributes[value.Key]!;
            Write(json, attribute, attribute.Plain(MemberAttribute.Of([.. value])!, db.Site.Culture), db, masked);
        }
    }

    public static async Task KeptAside(SiteDb db, IReadOnlyList<KeptAside> rows, Utf8JsonWriter json, bool masked)
    {
        var attributes = await db.Attributes();
        foreach (var value in rows.OrderBy(v => v.Id)) Write(json, attributes[value.AttributeId]!, value.Text, db, masked);
    }

    static void Write(Utf8JsonWriter json, MemberAttribute attribute, string text, SiteDb db, bool masked)
    {
        json.WriteStartObject();
        json.WriteString("attribute", attribute.Key);
        json.WriteString("label", attribute.Label(db.Site.Culture));
        // Not a letter of it: the first one of yes or no tells all.
        json.WriteString("value", masked ? EmailAddress.MaskedText("") : text);
        json.WriteEndObject();
    }
}
