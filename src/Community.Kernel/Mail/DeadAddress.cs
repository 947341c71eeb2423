namespace Community.Kernel;

/// <summary>
/// Whether mail to an address is known to come back: then the site sends nothing there, not even what somebody asked for. Registered by the
/// module that keeps suppressions. What its owner stopped, or complained about, concerns direct mail alone.
/// </summary>
public delegate Task<bool> DeadAddress(string email, CancellationToken ct);
