using Community.Members;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Community.Tests.Members;

/// <summary>
/// Hashes of other systems. They were made by other programs: bcrypt by libxcrypt, phpass after its specification (its published example
/// is among them), PBKDF2 by Python's hashlib.
/// </summary>
public sealed class ForeignHashTests(TestHost host)
{
    const string Password = TestSite.Password;

    public static TheoryData<string> Hashes =>
        [
            "$2a$05$abcdefghijklmnopqrstuuD3mHdCr44zlIZ.VZCaYRpfQhXMYnEo.",
            "$2b$05$abcdefghijklmnopqrstuuD3mHdCr44zlIZ.VZCaYRpfQhXMYnEo.",
            "$2y$05$abcdefghijklmnopqrstuuD3mHdCr44zlIZ.VZCaYRpfQhXMYnEo.",
            "$wp$2y$05$abcdefghijklmnopqrstuuSWhiHJHydaBXVMWmjx2HNPUDSd0M7h2",
            "$P$9IQRaTwmf99NkBL4Sy/bhDCVZzNWQj0",
            "$H$7abcdefghneglYMKJpu9XcBb7Q9fYm0",
            "pbkdf2_sha256$1000$saltsalt$2vLrmxK8YFROnGTL6oinO4bfT02gvTppeFbz7HWz5X0=",
            "pbkdf2_sha1$1000$saltsalt$zqPgE6pLyvpTQq0NXydGqK4TvuU=",
            "pbkdf2:sha256:1000$saltsalt$daf2eb9b12bc60544e9c64cbea88a73b86df4f4da0bd3a697856f3ec75b3e57d",
            "$pbkdf2-sha512$1000$8PHy8/T19vf4.fr7/P3./w$"
                + "hWACBuAy41PVaxHMuJVNcqtn6FQe.C1dQ2Bt7XPgCBGLkHEHHdKxW4fzTWC2O9wKVcIX9e3QYMxwnO23HUbLDg",
            "$pbkdf2$1000$8PHy8/T19vf4.fr7/P3./w$2DNX40nbdH77gy40BOl7GYl.sJg",
            "$pbkdf2-sha256$i=1000,l=32$8PHy8/T19vf4+fr7/P3+/w$99bV+pKqUWKQUi1d2HhkR3ILvGqybbv4Jxx1sMp8D6s",
            "{PBKDF2-SHA256}1000$8PHy8/T19vf4.fr7/P3./w$99bV.pKqUWKQUi1d2HhkR3ILvGqybbv4Jxx1sMp8D6s",
            OfIdentity(PasswordHasherCompatibilityMode.IdentityV2),
            OfIdentity(PasswordHasherCompatibilityMode.IdentityV3),
        ];

    static string OfIdentity(PasswordHasherCompatibilityMode mode) =>
        new PasswordHasher<Member>(
            Options.Create(new PasswordHasherOptions { CompatibilityMode = mode, IterationCount = 500 })
        ).HashPassword(null!, Password);

    [Fact]
    public async Task Each_known_kind_signs_in_with_its_password_alone_and_is_replaced_by_our_own()
    {
        var site = await host.NewSite();
        foreach (var hash in Hashes.Select(h => (string)h.Data))
        {
            Assert.True(ForeignHash.IsKnown(hash), hash);
            await site.Db(db =>
                db.Members.Where(m => m.Email == "anna@example.com").ExecuteUpdateAsync(s =>
                    s.SetProperty(m => m.PasswordHash, hash).SetProperty(m => m.AccessFailedCount, 0)
                )
            );
            Assert.False(await SignsIn(Password + "!"), hash);
            Assert.True(await SignsIn(Password), hash);
            var kept = await site.Db(db =>
                db.Members.Where(m => m.Email == "anna@example.com").Select(m => m.PasswordHash!).SingleAsync()
            );
            Assert.NotEqual(hash, kept);
            Assert.False(ForeignHash.IsForeign(kept));
            Assert.True(await SignsIn(Password), hash);
        }

        async Task<bool> SignsIn(string password) =>
            (await site.Visitor().Submit("/sign-in", new() { ["Email"] = "anna@example.com", ["Password"] = password }))
                .Document.QuerySelector(".account-menu") is not null;
    }

    [Fact]
    public void The_published_example_of_phpass_is_verified()
    {
        Assert.True(ForeignHash.Verify("$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", "test12345"));
        Assert.False(ForeignHash.Verify("$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L1", "test12345"));
    }

    [Theory]
    [InlineData("$9z$05$abcdefghijklmnopqrstuuD3mHdCr44zlIZ.VZCaYRpfQhXMYnEo.")]
    [InlineData("$2x$05$abcdefghijklmnopqrstuuD3mHdCr44zlIZ.VZCaYRpfQhXMYnEo.")]
    // Costs that would keep a processor busy for minutes at each attempt.
    [InlineData("$2a$31$abcdefghijklmnopqrstuuD3mHdCr44zlIZ.VZCaYRpfQhXMYnEo.")]
    [InlineData("$P$TIQRaTwmf99NkBL4Sy/bhDCVZzNWQj0")]
    [InlineData("pbkdf2_sha256$9999999$saltsalt$2vLrmxK8YFROnGTL6oinO4bfT02gvTppeFbz7HWz5X0=")]
    [InlineData("AQAAAAL/////AAAAEKZa3h0pPTvJ9pYfvYxEC5ZmT0mC5b8mO7fK5ZzTqf0Zk2Z1mC0Fh1Xw6m0q5b0mCQ==")]
    // Cut off, or no hash at all.
    [InlineData("$2a$05$abcdefghijklmnopqrstuuD3mHdCr44zl")]
    [InlineData("pbkdf2_sha256$1000$saltsalt$???????????????????????????????????????????=")]
    [InlineData("5f4dcc3b5aa765d61d8327deb882cf99")]
    [InlineData("correct horse battery")]
    [InlineData("")]
    public void What_cannot_be_verified_is_not_known_and_never_matches(string hash)
    {
        Assert.False(ForeignHash.IsKnown(hash));
        Assert.False(ForeignHash.Verify(hash, Password));
    }
}
