using Community.Kernel;

namespace Community.Tests.Kernel;

public sealed class UntrustedTextTests
{
    [Theory]
    [InlineData("550 5.1.1 <anna@example.org>: unknown", "550 5.1.1 <•••@•••>: unknown")]
    [InlineData("550 \"anna b\"@example.org unknown", "550 •••@••• unknown")]
    [InlineData("550 太郎@例え.jp は使えません", "550 •••@••• は使えません")]
    [InlineData("550 taro＠example.jp", "550 •••@•••")]
    [InlineData("see http://x.example/?user=anna%40example.org&token=abc", "see http:•••@•••")]
    [InlineData("at https://x.example/reset?token=abc.def", "at https://x.example/reset?token=•••")]
    [InlineData("one\r\ntwo\u2028three\u0085four", "one two three four")]
    [InlineData("\u001b[31mred\u001b[0m", "[31mred [0m")]
    [InlineData("a\u202eb\u2066c\u200bd\ufeff", "abcd")]
    [InlineData("\0\u0007", "")]
    [InlineData(null, "")]
    public void Words_of_others_are_made_safe_to_be_logged_and_shown(string? words, string safe) =>
        Assert.Equal(safe, UntrustedText.Safe(words));

    [Fact]
    public void They_are_short_and_take_no_time()
    {
        foreach (
            var long_ in new[]
            {
                new string('a', 100_000),
                new string('@', 100_000),
                string.Concat(Enumerable.Repeat("a@", 50_000)),
                string.Concat(Enumerable.Repeat("\"a", 50_000)),
            }
        )
        {
            var cost = Cpu.Of(() => Assert.InRange(UntrustedText.Safe(long_).Length, 0, UntrustedText.MaxLength));
            Assert.InRange(cost, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        }
    }

    [Fact]
    public void An_exception_says_where_it_happened_and_names_nobody()
    {
        try { throw new InvalidOperationException("No mailbox\nanna@example.org"); }
        catch (InvalidOperationException error)
        {
            Assert.Contains(nameof(An_exception_says_where_it_happened_and_names_nobody), UntrustedText.Trace(error));
            Assert.StartsWith("InvalidOperationException: No mailbox •••@•••\n", UntrustedText.Trace(error));
        }
    }
}
