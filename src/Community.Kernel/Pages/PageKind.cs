namespace Community.Kernel;

/// <summary>The kind of page (<c>topic</c>, <c>staff</c>, <c>form</c>), which becomes a class on the body for themes.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PageKindAttribute(string kind) : Attribute
{
    public string Kind => kind;
}

/// <summary>
/// The page looks the same to all visitors who are not signed in, and is cached for them until <see cref="ContentVersions"/> change.
/// It must not show them a form, because a form's token is personal.
/// </summary>
/// <param name="routeValue">The route value that names the version it depends on, such as a board's key; null for the whole site.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class CachedForVisitorsAttribute(string? routeValue = null) : Attribute
{
    public string? RouteValue => routeValue;
}

/// <summary>
/// A request feature: a page that is cached for visitors shows more than what its route value names, so it depends on the whole site.
/// </summary>
public sealed record ShowsWholeSite;

/// <summary>
/// Answered on every host of the site, not only on the canonical one: mails name the host that was canonical when they were sent,
/// and the client may be a program that follows no redirect. Parts of pages (pictures, style sheets) do not need this attribute.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OnEveryHostAttribute : Attribute;
