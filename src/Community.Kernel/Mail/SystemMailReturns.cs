using Community.Mail;

namespace Community.Kernel;

/// <summary>
/// The envelope sender of an e-mail, by which what comes back is known to be about it; null for the site's own address, where a person
/// reads it. Registered by the module that takes in what comes back.
/// </summary>
public delegate Task<string?> SystemReturnPath(SystemMail mail, CancellationToken ct);

/// <summary>
/// Told of an e-mail that was refused for good in the session, before that is written down: the same fact as one that comes back. May be
/// told of the same refusal twice.
/// </summary>
public delegate Task SystemMailRefused(SystemMail mail, SendResult result);
