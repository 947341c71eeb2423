namespace Community.Themes;

/// <summary>System fonts to choose from. Each list starts with Latin fonts, followed by Japanese ones.</summary>
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
