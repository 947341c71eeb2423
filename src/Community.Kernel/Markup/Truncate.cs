namespace Community.Kernel;

/// <summary>Truncates text.</summary>
public static class Truncate
{
    /// <summary>At most this many chars, never splitting a surrogate pair: PostgreSQL cannot store half of one.</summary>
    public static string To(int most, string text) =>
        text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];
}
