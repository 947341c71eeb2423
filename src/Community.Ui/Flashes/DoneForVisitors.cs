namespace Community.Ui;

/// <summary>What a button's address does is so already for who is not signed in, whatever token the form bears.</summary>
/// <param name="LeadsTo">The page that follows.</param>
/// <param name="Says">What that page says.</param>
public sealed record DoneForVisitors(string LeadsTo, FlashMessage Says);
