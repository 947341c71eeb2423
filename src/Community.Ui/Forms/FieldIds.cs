namespace Community.Ui;

/// <summary>The ids by which a field names its hint and what is wrong with it: <c>Name-hint</c> and <c>Name-error</c>.</summary>
public static class FieldIds
{
    /// <summary>The value of <c>aria-describedby</c>; null if there is neither.</summary>
    public static string? Described(string id, bool hasHint, bool hasProblem) => (hasHint, hasProblem) switch
    {
        (false, false) => null,
        (true, false) => $"{id}-hint",
        (false, true) => $"{id}-error",
        _ => $"{id}-hint {id}-error",
    };
}
