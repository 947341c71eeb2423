namespace Community.Kernel;

/// <summary>
/// Whether mail to an address is known to come back, asked where each mail of the site leaves: to a dead address nothing is sent, not even
/// what somebody asked for; to one that rests, only that. Registered by the module that keeps suppressions.
/// </summary>
public delegate Task<bool> DeadAddress(string email, SystemMailPrecedence precedence, CancellationToken ct);
