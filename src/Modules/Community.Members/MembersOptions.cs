namespace Community.Members;

/// <summary>Options of the installation about members. Section <c>Community</c>.</summary>
public sealed class MembersOptions
{
    /// <summary>PBKDF2 iterations for passwords (HMAC-SHA512; OWASP 2023 asks for 210,000).</summary>
    public int PasswordIterations { get; set; } = 210_000;

    /// <summary>A registration form that comes back sooner than this was not filled in by a person; 0 to ask nothing.</summary>
    public int RegisterSeconds { get; set; } = 3;

    /// <summary>Direct mail per hour: invitations of an import keep to it too. 0 for no limit.</summary>
    public int MailingsPerHour { get; set; } = 1000;

    /// <summary>
    /// Whether providers for signing in (OpenID Connect) may stand in the server's own network, or answer by plain http. In development
    /// they may.
    /// </summary>
    public bool ProvidersInPrivateNetworks { get; set; }
}
