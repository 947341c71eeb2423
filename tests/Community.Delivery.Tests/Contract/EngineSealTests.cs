using System.Security.Cryptography;
using System.Text;
using Community.Bulk.Tests.Harness;

namespace Community.Bulk.Tests.Contract;

/// <summary>What a site encrypts for the engine, nobody else reads, and nothing else is taken for it.</summary>
public sealed class EngineSealTests
{
    const SigningAlgorithm Rsa = SigningAlgorithm.RsaSha256;

    static readonly byte[] secret = RandomNumberGenerator.GetBytes(1200);

    [Fact]
    public void Only_the_engine_s_own_keys_open_it_the_present_one_and_those_before_it()
    {
        var (before, present, other) = (EngineSeal.MakeKeys(), EngineSeal.MakeKeys(), EngineSeal.MakeKeys());
        var sealedBefore = SealedKey.Seal(before.Public, "acme", "acme.example", Rsa, "c1", secret);
        var sealedNow = SealedKey.Seal(present.Public, "acme", "acme.example", Rsa, "c1", secret);
        var keys = EngineKeys.Parse($"{present.Private}, {before.Private}");
        Assert.Equal(secret, sealedBefore.Open(keys, "acme", "acme.example"));
        Assert.Equal(secret, sealedNow.Open(keys, "acme", "acme.example"));
        Assert.ThrowsAny<CryptographicException>(() => sealedNow.Open(EngineKeys.Parse(other.Private), "acme", "acme.example"));
        Assert.ThrowsAny<CryptographicException>(() => sealedNow.Open(EngineKeys.Parse(before.Private), "acme", "acme.example"));
        Assert.ThrowsAny<CryptographicException>(() => sealedNow.Open(EngineKeys.None, "acme", "acme.example"));
        // Each time with a key of its own.
        Assert.NotEqual(sealedNow.Sealed, SealedKey.Seal(present.Public, "acme", "acme.example", Rsa, "c1", secret).Sealed);
    }

    [Fact]
    public void It_opens_in_its_own_place_alone_and_unchanged_alone()
    {
        var pair = EngineSeal.MakeKeys();
        var keys = EngineKeys.Parse(pair.Private);
        var good = SealedKey.Seal(pair.Public, "acme", "acme.example", Rsa, "c1", secret);
        Assert.ThrowsAny<CryptographicException>(() => good.Open(keys, "other", "acme.example"));
        Assert.ThrowsAny<CryptographicException>(() => good.Open(keys, "acme", "other.example"));
        Assert.ThrowsAny<CryptographicException>(() => (good with { Selector = "c2" }).Open(keys, "acme", "acme.example"));
        Assert.ThrowsAny<CryptographicException>(
            () => (good with { Algorithm = SigningAlgorithm.Ed25519Sha256 }).Open(keys, "acme", "acme.example"));
        for (var at = 0; at < good.Sealed.Length; at += 7)
        {
            var changed = good.Sealed.ToArray();
            changed[at] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => (good with { Sealed = changed }).Open(keys, "acme", "acme.example"));
        }
        foreach (var length in new[] { 0, 1, 90, 91, 106, good.Sealed.Length - 1 })
            Assert.ThrowsAny<CryptographicException>(
                () => (good with { Sealed = good.Sealed[..length] }).Open(keys, "acme", "acme.example"));
    }

    [Fact]
    public void A_setting_that_is_no_key_is_refused_without_repeating_it()
    {
        var pair = EngineSeal.MakeKeys();
        using var larger = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        foreach (var wrong in new[]
        {
            "x", "%%%", pair.Public, pair.Private[..^4], Convert.ToBase64String(rsa.ExportPkcs8PrivateKey()),
            System.Buffers.Text.Base64Url.EncodeToString(larger.ExportPkcs8PrivateKey()),
        })
        {
            var error = Assert.Throws<FormatException>(() => EngineKeys.Parse(wrong));
            if (wrong.Length > 1) Assert.DoesNotContain(wrong, error.ToString());
            Assert.Throws<FormatException>(() => EngineKeys.Parse(pair.Private + "," + wrong));
        }
        Assert.True(EngineSeal.IsPublicKey(pair.Public));
        foreach (var wrong in new[]
        {
            "", "x", pair.Private, pair.Public[..^4], System.Buffers.Text.Base64Url.EncodeToString(larger.ExportSubjectPublicKeyInfo()),
        })
            Assert.False(EngineSeal.IsPublicKey(wrong), wrong);
    }

    [Fact]
    public void Messages_carry_it_in_bounds_and_say_nothing_of_what_it_hides()
    {
        var pair = EngineSeal.MakeKeys();
        var signing = new Signing("acme.example", [SealedKey.Seal(pair.Public, "acme", "acme.example", Rsa, "c1", secret)]);
        var mailing = Guid.CreateVersion7();
        foreach (var message in new EngineMessage[]
        {
            Make.Reserve(mailing) with { Signing = signing }, Make.Control(mailing, 1) with { Signing = signing },
        })
        {
            var bytes = Wire.Write(message);
            Assert.DoesNotContain(Convert.ToBase64String(secret)[..40], Encoding.UTF8.GetString(bytes));
            Assert.Equal(bytes, Wire.Write(Wire.Read(bytes)));
        }
        foreach (var wrong in new[]
        {
            signing with { Domain = "" }, signing with { Domain = "acme.example; h=from" }, signing with { Domain = "例え.example" },
            signing with { Keys = [] }, signing with { Keys = [.. Enumerable.Repeat(signing.Keys[0], 5)] },
            signing with { Keys = [signing.Keys[0] with { Selector = "a\r\nb" }] },
            signing with { Keys = [signing.Keys[0] with { Sealed = new byte[9000] }] },
            signing with { Keys = [signing.Keys[0] with { Algorithm = (SigningAlgorithm)7 }] },
        })
        {
            Assert.Throws<BadMessageException>(() => Wire.Write(Make.Control(mailing, 1) with { Signing = wrong }));
            Assert.Throws<BadMessageException>(() => Wire.Write(Make.Reserve(mailing) with { Signing = wrong }));
        }
    }
}
