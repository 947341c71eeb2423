using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Community.Tests.Kernel;

public sealed class CharactersTests
{
    [Fact]
    public void Noncharacters_of_every_plane_and_halves_of_pairs_are_no_text()
    {
        for (var plane = 0; plane <= 16; plane++)
            foreach (var last in new[] { 0xFFFE, 0xFFFF }) Gone(char.ConvertFromUtf32((plane << 16) + last));
        for (var code = 0xFDD0; code <= 0xFDEF; code++) Gone(((char)code).ToString());
        Assert.Equal("a\uFFFDb", Characters.Legible("a\uD83Db"));
        Assert.Equal("\uFFFD\uFFFD", Characters.Legible("\uDE00\uD83D"));
        foreach (var text in new[] { "", "a", "お茶", "👨‍👩‍👧", "ｶﾞ", "\uFFFD", "\uFDCF\uFDF0", "\uFFFC", "\U0001FFFD", "\u0001" })
            Assert.Same(text, Characters.Legible(text));

        static void Gone(string none)
        {
            Assert.Equal("ab", Characters.Legible("a" + none + "b"));
            Assert.False(Characters.IsLegible(none));
        }
    }

    [Fact]
    public void Any_text_has_every_normal_form() =>
        Prop.ForAll(
                Gen.ArrayOf(Gen.Choose(0, 0xFFFF)).ToArbitrary(),
                codes =>
                {
                    var text = new string([.. codes.Select(c => (char)c)]);
                    return Characters.IsLegible(Characters.Legible(text))
                        && Enum.GetValues<NormalizationForm>().All(form => Characters.IsLegible(Characters.Normal(text, form)));
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Theory]
    [InlineData("Anna 高橋 🎉 é", false)]
    [InlineData("12 %", false)]
    [InlineData("אבג 12", true)]
    [InlineData("مرحبا", true)]
    [InlineData("\u202ea", true)]
    [InlineData("\u2067a\u2069", true)]
    [InlineData("\U0001E900", true)]
    [InlineData("\uFDFA", true)]
    public void What_turns_the_direction_of_writing_turns_nothing_around_it(string words, bool turns) =>
        Assert.Equal(turns ? $"\u2068{words}\u2069" : words, Characters.Isolated(words));
}
