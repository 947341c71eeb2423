using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace Community.Tests.Members;

/// <summary>
/// An authenticator in software (Web Authentication Level 3): makes a key for a page's options, and signs its challenges. Each of its
/// properties can be set wrong.
/// </summary>
sealed class SoftPasskey(string origin)
{
    const byte UserPresent = 0x01, UserVerified = 0x04, HasCredential = 0x40;

    readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    readonly byte[] id = RandomNumberGenerator.GetBytes(16);
    string userHandle = "";

    public string Origin { get; set; } = origin;
    public string RpId { get; set; } = new Uri(origin).Host;
    public uint SignCount { get; set; }
    public bool Verifies { get; set; } = true;

    /// <summary>The part of a page that asks for a passkey.</summary>
    static (JsonNode Options, string State) On(Page page)
    {
        var part = page.Document.QuerySelector("[data-passkey]")!;
        return (JsonNode.Parse(part.GetAttribute("data-passkey")!)!, part.QuerySelector("input[name=State]")!.GetAttribute("value")!);
    }

    /// <summary>What the page's form sends for a new passkey.</summary>
    public Dictionary<string, string> Make(Page page)
    {
        var (options, state) = On(page);
        userHandle = (string)options["user"]!["id"]!;
        RpId = (string)options["rp"]!["id"]!;
        var point = key.ExportParameters(false).Q;
        byte[] cose = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20, .. point.X!, 0x22, 0x58, 0x20, .. point.Y!];
        byte[] data = [.. Data(HasCredential), .. new byte[16], 0, (byte)id.Length, .. id, .. cose];
        byte[] attestation =
        [
            0xa3,
            .. Text("fmt"), .. Text("none"),
            .. Text("attStmt"), 0xa0,
            .. Text("authData"), 0x58, (byte)data.Length, .. data,
        ];
        return Sent(state, new()
        {
            ["clientDataJSON"] = Encoded(Client("webauthn.create", options)),
            ["attestationObject"] = Encoded(attestation),
            ["transports"] = new JsonArray("internal"),
        });
    }

    /// <summary>What the page's form sends to sign in.</summary>
    public Dictionary<string, string> Use(Page page)
    {
        var (options, state) = On(page);
        var (data, client) = (Data(0), Client("webauthn.get", options));
        var signature = key.SignData(
            [.. data, .. SHA256.HashData(client)],
            HashAlgorithmName.SHA256,
            DSASignatureFormat.Rfc3279DerSequence
        );
        return Sent(
            state,
            new()
            {
                ["clientDataJSON"] = Encoded(client),
                ["authenticatorData"] = Encoded(data),
                ["signature"] = Encoded(signature),
                ["userHandle"] = userHandle,
            }
        );
    }

    Dictionary<string, string> Sent(string state, JsonObject response) => new()
    {
        ["State"] = state,
        ["Credential"] = new JsonObject
        {
            ["id"] = Encoded(id),
            ["rawId"] = Encoded(id),
            ["type"] = "public-key",
            ["clientExtensionResults"] = new JsonObject(),
            ["response"] = response,
        }.ToJsonString(),
    };

    byte[] Data(byte flags)
    {
        var count = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(count, SignCount);
        return
        [
            .. SHA256.HashData(Encoding.UTF8.GetBytes(RpId)),
            (byte)(flags | UserPresent | (Verifies ? UserVerified : 0)),
            .. count,
        ];
    }

    byte[] Client(string type, JsonNode options) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new { type, challenge = (string)options["challenge"]!, origin = Origin, crossOrigin = false }
        );

    static byte[] Text(string text) => [(byte)(0x60 + text.Length), .. Encoding.ASCII.GetBytes(text)];
    static string Encoded(byte[] bytes) => WebEncoders.Base64UrlEncode(bytes);
}
