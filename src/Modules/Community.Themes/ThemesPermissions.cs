namespace Community.Themes;

public static class ThemesPermissions
{
    public const string Choose = "themes.choose";
}
