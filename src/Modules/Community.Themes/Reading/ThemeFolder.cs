using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Community.Themes;

/// <summary>A file of a theme that is served to browsers.</summary>
public sealed record ThemeFile(string FullPath, string MediaType, string Hash);

/// <summary>A snapshot of the files in one theme's folder. Links are not followed.</summary>
sealed partial class ThemeFolder
{
    const int MaxFiles = 200, MaxTextSize = 256 * 1024, MaxFileSize = 2 * 1024 * 1024;

    static readonly Dictionary<string, string> mediaTypes = new()
    {
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".webp"] = "image/webp",
        [".avif"] = "image/avif",
        [".gif"] = "image/gif",
        [".woff2"] = "font/woff2",
    };

    public required string Name { get; init; }
    public required ThemeManifest Manifest { get; init; }
    public string? Layout { get; private set; }
    public string Css { get; private set; } = "";
    public Dictionary<string, string> Partials { get; } = [];
    public Dictionary<string, ThemeFile> Files { get; } = [];
    /// <summary>A hash over all relevant files of the folder.</summary>
    public string Hash { get; private set; } = "";

    /// <exception cref="BrokenTheme">The theme does not exist, or a file is too large or in the wrong place.</exception>
    public static ThemeFolder Read(string root, string name)
    {
        var path = Path.Combine(root, name);
        if (!NameForm().IsMatch(name) || !File.Exists(Path.Combine(path, "theme.json")))
            throw new BrokenTheme("theme.json", 0, "themes.broken.missing", name);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string Text(string file)
        {
            var bytes = Bytes(Path.Combine(path, file), file, MaxTextSize);
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(file + "\0"));
            hash.AppendData(bytes);
            return new System.Text.UTF8Encoding(false).GetString(bytes).TrimStart('\uFEFF');
        }

        var folder = new ThemeFolder { Name = name, Manifest = ThemeManifest.Parse(Text("theme.json")) };
        if (File.Exists(Path.Combine(path, "layout.hbs"))) folder.Layout = Text("layout.hbs");
        if (File.Exists(Path.Combine(path, "theme.css"))) folder.Css = Text("theme.css");
        foreach (var file in FilesIn(path, "partials"))
            if (PartialForm().Match(file) is { Success: true } partial) folder.Partials[partial.Groups[1].Value] = Text(file);
        foreach (var file in FilesIn(path, "images").Concat(FilesIn(path, "fonts")))
        {
            if (!FileForm().IsMatch(file) || !mediaTypes.TryGetValue(Path.GetExtension(file), out var type)) continue;
            var digest = SHA256.HashData(Bytes(Path.Combine(path, file), file, MaxFileSize));
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(file + "\0"));
            hash.AppendData(digest);
            folder.Files[file] = new ThemeFile(Path.Combine(path, file), type, Convert.ToHexStringLower(digest.AsSpan(0, 6)));
        }
        folder.Hash = Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
        return folder;
    }

    static byte[] Bytes(string path, string file, int largest)
    {
        try
        {
            // An editor may have it open for writing.
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length > largest) throw new BrokenTheme(file, 0, "themes.broken.large", largest / 1024);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BrokenTheme(file, 0, "themes.broken.unreadable", error.Message);
        }
    }

    static IEnumerable<string> FilesIn(string path, string part)
    {
        var folder = new DirectoryInfo(Path.Combine(path, part));
        if (!folder.Exists || folder.LinkTarget is not null)
            return [];
        return folder
            .EnumerateFiles(
                "*",
                new EnumerationOptions
                {
                    RecurseSubdirectories = true,
                    MaxRecursionDepth = 4,
                    AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden,
                }
            )
            .Select(f => Path.GetRelativePath(path, f.FullName).Replace('\\', '/'))
            .Order(StringComparer.Ordinal)
            .Take(MaxFiles)
            .ToList();
    }

    [GeneratedRegex(@"^[a-z][a-z0-9-]{0,30}\z")] internal static partial Regex NameForm();
    [GeneratedRegex(@"^partials/([a-z][a-z0-9-]*)\.hbs\z")] private static partial Regex PartialForm();
    [GeneratedRegex(@"^(?:images|fonts)/[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*\.[a-z0-9]+\z")] private static partial Regex FileForm();
}
