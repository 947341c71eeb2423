using System.Net;

namespace Community.Mail.Direct;

/// <summary>A server that takes the mail of a domain.</summary>
/// <param name="Name">Its name, lower case, without the final dot: what it is asked to prove by its certificate.</param>
/// <param name="Preference">The lowest comes first (RFC 5321 §5.1).</param>
/// <param name="Addresses">In the order in which they are tried; never empty.</param>
public sealed record MxHost(string Name, int Preference, IReadOnlyList<IPAddress> Addresses);

/// <summary>What is known of where a domain's mail goes.</summary>
public enum MxOutcome
{
    /// <summary>There are hosts.</summary>
    Found,

    /// <summary>The domain says that it takes no mail (RFC 7505): final.</summary>
    NullMx,

    /// <summary>There is no such domain: final.</summary>
    NoDomain,

    /// <summary>There is such a domain, and no host that could take its mail: final, if it stays so.</summary>
    NoHost,

    /// <summary>The name servers did not answer, or not properly. It says nothing about the domain: try later.</summary>
    TryLater,
}

/// <summary>The answer to the question where a domain's mail goes.</summary>
/// <param name="Hosts">In the order in which they are tried; empty unless <see cref="MxOutcome.Found"/>.</param>
/// <param name="Text">Why there are none; empty if there are.</param>
/// <param name="Until">Until when the answer may be used again.</param>
public sealed record MxRoute(MxOutcome Outcome, IReadOnlyList<MxHost> Hosts, string Text, DateTimeOffset Until)
{
    /// <summary>
    /// The name of the way: domains with the same first hosts, as those of one provider, share its connections and its pace. Empty unless
    /// there are hosts.
    /// </summary>
    public string Destination =>
        string.Join(' ', Hosts.Where(h => h.Preference == Hosts[0].Preference).Select(h => h.Name).Order(StringComparer.Ordinal));

    /// <summary>The outcome of a message that cannot be sent for this reason, as if a server had said so.</summary>
    /// <exception cref="InvalidOperationException">There are hosts.</exception>
    public SendResult Failure => Outcome switch
    {
        // The codes of RFC 7505 §4.2, and of RFC 3463 §3.2 and §3.5.
        MxOutcome.NullMx => new(SendStatus.RejectedPermanent, SmtpPhase.RcptTo, 556, "5.1.10", Text),
        MxOutcome.NoDomain => new(SendStatus.RejectedPermanent, SmtpPhase.RcptTo, 550, "5.1.2", Text),
        MxOutcome.NoHost => new(SendStatus.RejectedPermanent, SmtpPhase.RcptTo, 550, "5.4.4", Text),
        MxOutcome.TryLater => new(SendStatus.RejectedTransient, SmtpPhase.RcptTo, 451, "4.4.3", Text),
        _ => throw new InvalidOperationException("There are hosts."),
    };
}
