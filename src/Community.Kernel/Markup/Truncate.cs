namespace Community.Kernel;

/// <summary>Cuts what is longer than what is kept.</summary>
public static class Truncate
{
    /// <summary>At most so many characters, never half of one: PostgreSQL keeps no half of a surrogate pair.</summary>
    public static string To(int most, string text) =>
        text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];
}
