namespace Community.Kernel;

/// <summary>
/// A request feature: the page redirects with 301, because nothing will stand at this address again. Without it, a redirect is one for now.
/// Browsers keep a 301 only if the answer lets them; ours says no-cache, so no two of them ever lead in a circle.
/// </summary>
public sealed record MovedForGood;
