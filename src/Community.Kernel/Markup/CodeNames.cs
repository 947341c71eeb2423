using System.Collections.Frozen;

namespace Community.Kernel;

/// <summary>
/// Languages that a block of code may be named after, for a style sheet or a script that colours them. The class comes from this list and
/// never from a text.
/// </summary>
static class CodeNames
{
    static readonly FrozenDictionary<string, string> known = new Dictionary<string, string>
    {
        ["bash"] = "bash",
        ["sh"] = "bash",
        ["shell"] = "bash",
        ["c"] = "c",
        ["cpp"] = "cpp",
        ["c++"] = "cpp",
        ["cs"] = "csharp",
        ["c#"] = "csharp",
        ["csharp"] = "csharp",
        ["css"] = "css",
        ["csv"] = "csv",
        ["diff"] = "diff",
        ["go"] = "go",
        ["html"] = "html",
        ["ini"] = "ini",
        ["java"] = "java",
        ["javascript"] = "javascript",
        ["js"] = "javascript",
        ["json"] = "json",
        ["kotlin"] = "kotlin",
        ["lua"] = "lua",
        ["markdown"] = "markdown",
        ["md"] = "markdown",
        ["perl"] = "perl",
        ["php"] = "php",
        ["python"] = "python",
        ["py"] = "python",
        ["r"] = "r",
        ["ruby"] = "ruby",
        ["rb"] = "ruby",
        ["rust"] = "rust",
        ["scala"] = "scala",
        ["sql"] = "sql",
        ["swift"] = "swift",
        ["toml"] = "toml",
        ["ts"] = "typescript",
        ["typescript"] = "typescript",
        ["vb"] = "vbnet",
        ["xml"] = "xml",
        ["yaml"] = "yaml",
        ["yml"] = "yaml",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The attribute, with a space before it; empty for a name that is not known.</summary>
    public static string ClassOf(string name) => known.TryGetValue(name, out var language) ? $" class=\"language-{language}\"" : "";
}
