namespace Community.Ui;

/// <summary>Endpoint metadata: for visitors the button's effect already holds, whatever token the form carries.</summary>
/// <param name="LeadsTo">The page that follows.</param>
/// <param name="Says">What that page says.</param>
public sealed record DoneForVisitors(string LeadsTo, FlashMessage Says);
