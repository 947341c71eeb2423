namespace Community.Kernel;

/// <summary>What kind of page it is (<c>topic</c>, <c>staff</c>, <c>form</c>): a class on the body, for themes.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PageKindAttribute(string kind) : Attribute
{
    public string Kind => kind;
}

/// <summary>
/// The page looks the same to every visitor who is not signed in, and may be cached for them until <see cref="ContentVersions"/> move.
/// It must show no form to them: a form's token is personal.
/// </summary>
/// <param name="routeValue">The route value that names the version it depends on, such as a board's key; null for the whole site's.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class CachedForVisitorsAttribute(string? routeValue = null) : Attribute
{
    public string? RouteValue => routeValue;
}

/// <summary>
/// Answered on every host of the site, not on its first alone: mails name the host that was the first when they were sent,
/// and who asks may be a program that follows no redirect. Parts of pages are so without saying it.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OnEveryHostAttribute : Attribute;
