namespace Community.Kernel;

/// <summary>How many e-mails of one site are in flight on this node, and whether the relay could be reached last time.</summary>
sealed class SystemMailSlots
{
    /// <summary>Most e-mails of one site in flight at once.</summary>
    const int Max = 4;
    /// <summary>The last slot is for urgent e-mails: a relay that takes minutes over each registration must not delay a password.</summary>
    const int MaxOthers = Max - 1;

    readonly SemaphoreSlim left = new(0);
    readonly Lock one = new();
    int all, others;

    /// <summary>No e-mail is tried before this time, because the relay could not be reached.</summary>
    public DateTime? AwayUntil { get; private set; }

    public bool IsEmpty { get { lock (one) return all == 0; } }

    /// <summary>The lowest precedence that has a free slot; null for none. After the relay was away, a single e-mail probes it.</summary>
    public SystemMailPrecedence? Room
    {
        get
        {
            lock (one)
                return AwayUntil is not null ? all == 0 ? SystemMailPrecedence.Notice : null
                    : others < MaxOthers ? SystemMailPrecedence.Notice : all < Max ? SystemMailPrecedence.Urgent : null;
        }
    }

    public void Enter(SystemMail mail)
    {
        lock (one)
        {
            all++;
            if (mail.Precedence != SystemMailPrecedence.Urgent) others++;
        }
    }

    /// <param name="mail">The e-mail that is no longer in flight.</param>
    /// <param name="awayUntil">Null if the relay could be reached.</param>
    public void Leave(SystemMail mail, DateTime? awayUntil)
    {
        lock (one)
        {
            all--;
            if (mail.Precedence != SystemMailPrecedence.Urgent) others--;
            AwayUntil = awayUntil;
        }
        if (left.CurrentCount == 0) left.Release();
    }

    /// <summary>Waits until an e-mail is no longer in flight, at most <paramref name="most"/>.</summary>
    public Task Changed(TimeSpan most, CancellationToken ct) => left.WaitAsync(most, ct);
}
