namespace Community.Themes;

/// <summary>Fonts that readers' machines have, to choose from. Each list begins with Latin and goes on with Japanese.</summary>
static class FontChoices
{
    public static readonly IReadOnlyList<(string Text, string Value)> All =
    [
        (
            "themes.font.sans",
            "\"Helvetica Neue\", \"Segoe UI\", Roboto, \"Hiragino Sans\", \"Noto Sans JP\", \"Noto Sans CJK JP\", \"BIZ UDPGothic\", \"Yu Gothic Medium\", Meiryo, sans-serif"
        ),
        (
            "themes.font.serif",
            "\"Iowan Old Style\", Georgia, \"Hiragino Mincho ProN\", \"Yu Mincho\", \"Noto Serif JP\", \"Noto Serif CJK JP\", serif"
        ),
        ("themes.font.round", "ui-rounded, \"Hiragino Maru Gothic ProN\", \"Segoe UI\", Roboto, \"BIZ UDPGothic\", sans-serif"),
        ("themes.font.mono", "ui-monospace, \"SF Mono\", Consolas, \"Noto Sans Mono CJK JP\", \"BIZ UDGothic\", monospace"),
    ];
}
