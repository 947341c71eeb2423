namespace Community.Kernel;

/// <summary>What a button's address does is so already for who is not signed in, whatever token the form bears.</summary>
/// <param name="LeadsTo">The page that says so.</param>
public sealed record DoneForVisitors(string LeadsTo);
