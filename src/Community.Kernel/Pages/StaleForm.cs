namespace Community.Kernel;

/// <summary>
/// A request feature that marks a form whose token does not belong to this browser or this user: its cookie was lost,
/// or somebody signed in or out after the page was opened. The page is shown again with the input, but the form is not
/// processed, because <see cref="LoadedComponent"/> does not call its handlers.
/// </summary>
public sealed class StaleForm
{
    public static readonly StaleForm Value = new();
}
