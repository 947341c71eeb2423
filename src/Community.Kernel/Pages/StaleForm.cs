namespace Community.Kernel;

/// <summary>
/// Stands among a request's features if the token of its form is not this browser's or not this person's: the cookie beside it was lost,
/// or somebody signed in or out after the page was opened. The page is shown anew with what was typed; nothing that the form asks for
/// is done, since <see cref="LoadedComponent"/> calls none of its handlers.
/// </summary>
public sealed class StaleForm
{
    public static readonly StaleForm Value = new();
}
