namespace Community.Kernel;

/// <summary>
/// Answered even while the site has the feature off: for links in years-old mails by which people exercise a legal right to opt out.
/// Used as an attribute of a page, or as endpoint metadata.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EvenWhenOffAttribute : Attribute;
