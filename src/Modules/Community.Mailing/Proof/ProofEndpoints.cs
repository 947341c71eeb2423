using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Community.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Community.Mailing;

/// <summary>The proof of one message as a file, to be shown to whoever asks for it. It is recorded who took it.</summary>
static class ProofEndpoints
{
    static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        // A file that is downloaded, and read by people.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/staff/mailings/{id:long}/recipients/{deliveryId:long}/file", File).RequireAuthorization(MailingPermissions.Write);

    static async Task<IResult> File(long id, long deliveryId, SiteDb db, Audit audit, CancellationToken ct)
    {
        if (await DeliveryProof.Of(db, id, deliveryId, ct) is not { } of) return Results.NotFound();
        await audit.Read("mailing.proof-file", [of.Delivery.MemberId], "name email consents deliveries", $"#{id}", ct);
        var words = of.Words;
        var file = new
        {
            Site = db.Site.CanonicalHost,
            MadeAt = db.Now,
            Recipient = new { of.Name, of.Email },
            Mailing = new { of.Mailing.Id, of.Mailing.Title, of.Mailing.StartedAt },
            Message = new
            {
                MessageId = of.MessageId(db.Site),
                of.Delivery.State,
                of.Delivery.SettledAt,
                Version = words is null ? null : new
                {
                    words.Subject,
                    Variant = SaveVariants.Letter(words.Variant),
                    Language = words.Language.Length > 0 ? words.Language : db.Site.Culture,
                    of.ContentDigest,
                },
            },
            Consent = of.Consent is not { } consent ? null : new
            {
                Kind = of.Kind?.Name,
                consent.At,
                consent.Source,
                Words = consent.Text,
                consent.Revision,
            },
            Relay = of.Attempts.Count == 0
                ? [new { At = of.Delivery.SettledAt, Server = (string?)null, of.Delivery.Code, Text = (string?)of.Delivery.Answer }]
                : of.Attempts.Select(a => new { At = (DateTime?)a.At, Server = (string?)a.Server, a.Code, Text = (string?)a.Text }),
            CameBack = of.Returns.Select(r => new { r.At, r.Kind, r.Class, r.Status, r.Text }),
            OpensAndClicks = of.Engagements.Select(e => new { e.At, e.Kind, e.Verdict }),
        };
        return Results.File(
            JsonSerializer.SerializeToUtf8Bytes(file, json), "application/json", $"{db.Site.Key}-message-{id}-{of.Delivery.Seq}.json");
    }
}
