namespace Community.Mail.Smtp;

/// <summary>When TLS starts.</summary>
public enum SecureSocketOptions
{
    /// <summary>Never: loopback only, if a password is to be sent.</summary>
    None,

    /// <summary>At once on port 465, else when the server offers STARTTLS.</summary>
    Auto,

    /// <summary>At once (RFC 8314 §3.3).</summary>
    SslOnConnect,

    /// <summary>By STARTTLS; a server that does not offer it is refused (RFC 3207).</summary>
    StartTls,

    /// <summary>By STARTTLS if it is offered.</summary>
    StartTlsWhenAvailable,
}
