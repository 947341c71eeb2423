namespace Community.Kernel;

/// <summary>
/// A style sheet or a script of a module. Pages of sites with the feature on load it, from a URL with its content hash.
/// A script is a module (<c>type="module"</c>) below <c>/_content/</c>, which is where the site's content security policy allows scripts.
/// </summary>
/// <param name="Url">Below the site's root: <c>/_content/Community.Members/builder.js</c>.</param>
/// <param name="Kinds">The kinds of pages that load it (<see cref="PageKindAttribute"/>); none for all pages.</param>
public sealed record PageFile(string Url, params string[] Kinds)
{
    public bool IsFor(string pageKind) => Kinds.Length == 0 || Kinds.Contains(pageKind);
}
