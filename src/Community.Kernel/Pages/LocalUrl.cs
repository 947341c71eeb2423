namespace Community.Kernel;

/// <summary>Addresses to go back to come from the request; only those inside the site are followed.</summary>
public static class LocalUrl
{
    /// <summary><paramref name="url"/> if it is a path of this site, as it may stand in a header; else <paramref name="otherwise"/>.</summary>
    public static string Or(string? url, string otherwise) =>
        url is ['/', ..] && !url.StartsWith("//") && !url.StartsWith("/\\") && url.All(c => c is > ' ' and < (char)127) ? url : otherwise;
}
