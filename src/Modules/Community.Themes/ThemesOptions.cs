namespace Community.Themes;

/// <summary>What the installation decides about themes. Section <c>Community</c>.</summary>
public sealed class ThemesOptions
{
    /// <summary>Folder of the themes.</summary>
    public string Themes { get; set; } = "themes";
}
