namespace Community.Kernel;

/// <summary>Where something is used that staff are about to retire.</summary>
/// <param name="Kind">The key of the text for what it is: "Mailing", "Segment".</param>
/// <param name="Name">Its name.</param>
/// <param name="Url">Its page.</param>
public sealed record PlaceOfUse(string Kind, string Name, string Url);
