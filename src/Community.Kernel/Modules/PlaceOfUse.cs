namespace Community.Kernel;

/// <summary>Where something is used that staff are about to retire.</summary>
/// <param name="Text">The key of the text for what it is: "the mailing “{0}”".</param>
/// <param name="Name">Its name.</param>
/// <param name="Url">Its page.</param>
public sealed record PlaceOfUse(string Text, string Name, string Url);
