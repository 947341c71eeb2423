namespace Community.Kernel;

/// <summary>
/// Answered although the site has the feature off: links in mails that are years old, by which somebody ends what the law lets them end.
/// An attribute of a page, or metadata of an endpoint.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EvenWhenOffAttribute : Attribute;
