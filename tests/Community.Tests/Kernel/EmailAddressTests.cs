namespace Community.Tests.Kernel;

/// <summary>One mailbox has one address, however it is typed; and what no mail can go to is no address.</summary>
public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("anna@bücher.example")]
    [InlineData("Anna@BÜCHER.Example")]
    [InlineData("anna@xn--bcher-kva.example")]
    [InlineData("anna@XN--BCHER-KVA.example")]
    [InlineData("anna@xn--bCher-kva.example")]
    [InlineData("ａｎｎａ＠ｂücher．example")]
    [InlineData("anna@bücher。example")]
    [InlineData("anna@bu\u0308cher.example")]
    [InlineData("  anna@bücher.example\u3000")]
    [InlineData("an\u200bna@bücher.example")]
    [InlineData("\ufeffanna@bücher.example\u200b")]
    [InlineData("anna@bü\u00adcher.exam\u2060ple")]
    [InlineData("\u202aanna@bücher.example\u202c")]
    [InlineData("an\u034fna\ufe0f@bücher.example")]
    [InlineData("an\u200dna@bücher.example")]
    public void Spellings_of_one_mailbox_are_one_address(string typed)
    {
        var address = EmailAddress.Parse(typed);
        Assert.Equal("ANNA@XN--BCHER-KVA.EXAMPLE", address.Normal);
        Assert.Equal("anna@bücher.example", address.Text, ignoreCase: true);
        Assert.Equal(address.Normal, EmailAddress.NormalOf(address.Text));
        Assert.Null(EmailAddress.ProblemOf(typed));
    }

    [Theory]
    [InlineData("a.nna@example.com", "anna@example.com")]
    [InlineData("anna+news@example.com", "anna@example.com")]
    [InlineData("anna@straße.example", "anna@strasse.example")]
    [InlineData("anna@例え.jp", "anna@例.jp")]
    [InlineData("anna@نامه\u200cای.com", "anna@نامهای.com")]
    public void Other_mailboxes_stay_others(string one, string other) => Assert.False(EmailAddress.Same(one, other));

    [Theory]
    [InlineData(null, EmailProblem.Form)]
    [InlineData("", EmailProblem.Form)]
    [InlineData("anna", EmailProblem.Form)]
    [InlineData("@example.com", EmailProblem.Form)]
    [InlineData("anna@", EmailProblem.Form)]
    [InlineData("anna@nowhere", EmailProblem.Form)]
    [InlineData("root@localhost", EmailProblem.Form)]
    [InlineData("an na@example.com", EmailProblem.Form)]
    [InlineData("a@b@example.com", EmailProblem.Form)]
    [InlineData("\"anna\"@example.com", EmailProblem.Form)]
    [InlineData("Anna <anna@example.com>", EmailProblem.Form)]
    [InlineData("anna@example.com, ben@example.com", EmailProblem.Form)]
    [InlineData("anna\r\nBcc:ben@example.com", EmailProblem.Form)]
    [InlineData("josé@example.com", EmailProblem.Local)]
    [InlineData("花子@example.jp", EmailProblem.Local)]
    [InlineData("аnna@example.com", EmailProblem.Local)]
    [InlineData("anna@-example.com", EmailProblem.Domain)]
    [InlineData("anna@example..com", EmailProblem.Domain)]
    [InlineData("anna@example.com.", EmailProblem.Domain)]
    [InlineData("anna@exa_mple.com", EmailProblem.Domain)]
    [InlineData("anna@127.0.0.1", EmailProblem.Domain)]
    [InlineData("anna@[127.0.0.1]", EmailProblem.Domain)]
    [InlineData("anna@xn--zzzzz-999.example", EmailProblem.Domain)]
    [InlineData("anna@xn--a.example", EmailProblem.Domain)]
    [InlineData("anna@exam\u200dple.com", EmailProblem.Domain)]
    [InlineData("anna@exam ple.com", EmailProblem.Domain)]
    public void What_no_mail_can_go_to_is_no_address(string? typed, EmailProblem problem) =>
        Assert.Equal(problem, EmailAddress.ProblemOf(typed));

    [Fact]
    public void Lengths_are_those_of_the_standard()
    {
        Assert.Null(EmailAddress.ProblemOf(new string('a', 64) + "@example.com"));
        Assert.Equal(EmailProblem.Long, EmailAddress.ProblemOf(new string('a', 65) + "@example.com"));
        Assert.Equal(
            EmailProblem.Long,
            EmailAddress.ProblemOf(new string('a', 64) + "@" + string.Join('.', Enumerable.Repeat(new string('b', 60), 3)) + ".example.com")
        );
        Assert.Equal(EmailProblem.Long, EmailAddress.ProblemOf(new string('a', 100_000) + "@example.com"));
    }

    /// <summary>As Japanese carriers handed them out; the mail library puts such a name into quotes.</summary>
    [Fact]
    public void Dots_may_stand_anywhere_in_a_name() =>
        Assert.Equal("HANA..KO.@DOCOMO.EXAMPLE", EmailAddress.Parse("hana..ko.@docomo.example").Normal);

    [Theory]
    [InlineData("anna@日本語.jp", "anna@日本語.jp")]
    [InlineData("anna@ab--cd.example", "anna@ab--cd.example")]
    // Cyrillic letters that look Latin are shown as they are sent.
    [InlineData("anna@раураl.com", "anna@xn--l-7sba6dbr.com")]
    [InlineData("anna@аррӏе.com", "anna@xn--80ak6aa92e.com")]
    public void A_domain_is_shown_in_its_script_where_that_deceives_nobody(string typed, string shown) =>
        Assert.Equal(shown, EmailAddress.Parse(typed).Text);

    [
        Theory,
        InlineData("\ud800@example.com"),
        InlineData("anna@\udc00"),
        InlineData("\ud83d"),
        InlineData("\0"),
        InlineData("a\uffff@b.example"),
        InlineData("𝐚nna@\U000e0001example.com")
    ]
    public void No_text_throws(string text)
    {
        Assert.NotNull(EmailAddress.NormalOf(text));
        EmailAddress.ProblemOf(text);
        Assert.NotNull(EmailAddress.Part(text));
    }
}
