namespace Community.Mail.Tests.Writing;

public sealed class AddressTests
{
    static readonly string X64 = new('x', 64);

    public static TheoryData<string> Refused =>
        [
            "",
            "anna",
            "@example.org",
            "anna@",
            "a b@example.org",
            "anna@exa mple.org",
            "<anna@example.org>",
            "anna@example.org>",
            "anna@example.org\r\nRCPT TO:<eve@example.org>",
            "\"anna\r\n\"@example.org",
            "\"a\0\"@example.org",
            "\"a\"b\"@example.org",
            "\"a\\\"@example.org",
            "anna\t@example.org",
            "anna\u0085@example.org",
            "anna@-example.org",
            "anna@example..org",
            "anna@[1.2.3.4",
            "anna@exam<ple.org",
            X64 + "x@example.org",
            "a@" + string.Join('.', Enumerable.Repeat(X64[..60], 5)),
            "a@" + X64 + ".org",
            "a,b@example.org",
            "アンナ@example.org",
        ];

    [Theory]
    [MemberData(nameof(Refused))]
    public void An_address_that_could_break_an_envelope_or_a_header_is_refused(string address)
    {
        Assert.Throws<ArgumentException>(() => AddressRules.ToWire(address));
        Assert.Throws<ArgumentException>(() => HeaderFields.Mailbox("To", "Anna", address));
    }

    // By itself: a test's data would reach it with the half character already replaced.
    [Fact]
    public void An_address_with_half_a_character_is_refused() =>
        An_address_that_could_break_an_envelope_or_a_header_is_refused("\ud800@example.org");

    [Theory]
    [InlineData("anna+tag@example.org", "anna+tag@example.org")]
    [InlineData("\"an na\"@example.org", "\"an na\"@example.org")]
    [InlineData("\"a@b\"@example.org", "\"a@b\"@example.org")]
    [InlineData("taro..yama.@docomo.example", "\"taro..yama.\"@docomo.example")]
    [InlineData("anna@日本語.example", "anna@xn--wgv71a119e.example")]
    [InlineData("anna@[192.0.2.1]", "anna@[192.0.2.1]")]
    [InlineData("root@localhost", "root@localhost")]
    [InlineData("a.b-c_d=e+f@sub-1.my_host.example", "a.b-c_d=e+f@sub-1.my_host.example")]
    [InlineData(".anna@example.org", "\".anna\"@example.org")]
    public void Unusual_addresses_go_out_in_their_right_form(string address, string wire) =>
        Assert.Equal(wire, AddressRules.ToWire(address));
}
