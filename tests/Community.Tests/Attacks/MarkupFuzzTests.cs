using AngleSharp.Html.Parser;

namespace Community.Tests.Attacks;

/// <summary>
/// Random and mutated texts through the Markdown path, others at each run. A failure says its seed; <c>COMMUNITY_FUZZ_SEED</c> begins with
/// it. <c>./bench fuzz</c> goes on for as long as one likes.
/// </summary>
public sealed class MarkupFuzzTests
{
    static readonly int first = Seeds.Next("COMMUNITY_FUZZ_SEED");

    [Fact]
    public void No_text_leaves_the_grammar_of_what_is_written_and_a_browser_builds_that_very_tree()
    {
        var parser = new HtmlParser();
        for (var seed = first; seed < first + 600; seed++)
        {
            var text = MarkupProperties.Text(new Random(seed));
            var about = $"COMMUNITY_FUZZ_SEED={seed}: {text}";
            Assert.True(MarkupProperties.Fault(text) is not { } fault, $"{MarkupProperties.Fault(text)}\n{about}");
            var html = Markup.ToHtml(text);
            var body = parser.ParseDocument("<section>" + html + "</section>").Body!;
            Assert.True(body.Children.Length == 1, about);
            var built = body.FirstElementChild!;
            Assert.True(MarkupProperties.Elements(html, out _)!.SequenceEqual(built.QuerySelectorAll("*").Select(e => e.LocalName)), about);
            // Read once more, as by who copies it or by a mail program, it stays what it is.
            Assert.True(parser.ParseDocument(built.OuterHtml).Body!.InnerHtml == built.OuterHtml, about);
        }
    }

    [Fact]
    public void Every_known_attack_keeps_to_the_grammar_too()
    {
        foreach (var text in Vectors.All.Where((_, i) => i % 6 == first % 6))
            Assert.True(MarkupProperties.Fault(text) is null, $"{MarkupProperties.Fault(text)}\n{text}");
    }

    [Fact]
    public void No_unit_takes_more_than_its_length()
    {
        for (var seed = first; seed < first + 24; seed++)
            if (MarkupProperties.Unit(new Random(seed)) is var unit && MarkupProperties.Slow(unit) is { } slow)
                Assert.Fail($"COMMUNITY_FUZZ_SEED={seed}: {slow}: {unit}");
    }

    [Fact]
    public void What_is_nested_a_hundred_thousand_deep_is_rendered_in_time()
    {
        const int Deep = 100_000;
        foreach (var (open, close) in new[]
        {
            (">", ""), ("> ", ""), ("- ", ""), ("1. ", ""), ("[", "]"), ("[", "](/x)"), ("![", "](/x)"), ("*", "*"), ("**", "**"),
            ("*a ", " a*"), ("||a ", " a||"), ("(", ")"), ("<", ">"), ("`", ""), ("~~a ", " a~~"), ("_a ", " a_"), ("「**",
            "**」"), ("@", ""),
            ("\\", ""), ("&#", ";"), ("|", ""), ("<b>", "</b>"),
        })
        {
            var text = string.Concat(Enumerable.Repeat(open, Deep)) + 'x' + string.Concat(Enumerable.Repeat(close, Deep));
            var html = "";
            var took = Cpu.Of(() => html = Markup.ToHtml(text));
            Assert.True(MarkupProperties.Elements(html, out var fault) is not null, fault);
            Assert.True(took < TimeSpan.FromSeconds(5), $"{took} for {open}x{close}");
        }
    }

    [Fact]
    public void A_line_of_a_megabyte_is_rendered_in_time()
    {
        foreach (var unit in new[] { "x", "a\u0301\u0336", "\u202eあ@", "*a* [a](/b) ", "|", "\ud83d\ude00" })
        {
            var text = string.Concat(Enumerable.Repeat(unit, 1_000_000 / unit.Length));
            var took = Cpu.Of(() => _ = (Markup.ToHtml(text), Markup.ToLine(text, 200), Markup.ToWords(text), Markup.IsTooDeep(text)));
            Assert.True(took < TimeSpan.FromSeconds(4), $"{took} of {unit}");
        }
    }
}
