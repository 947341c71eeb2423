namespace Community.Kernel;

/// <summary>How many e-mails of one site are under way on this node, and whether the relay was there when last asked.</summary>
sealed class SystemMailSlots
{
    /// <summary>E-mails of one site under way at once.</summary>
    const int Max = 4;
    /// <summary>The last is for urgent ones: a relay that thinks for minutes about each registration holds up no password.</summary>
    const int MaxOthers = Max - 1;

    readonly SemaphoreSlim left = new(0);
    readonly Lock one = new();
    int all, others;

    /// <summary>No e-mail is tried before this: there was no connection.</summary>
    public DateTime? AwayUntil { get; private set; }

    public bool IsEmpty { get { lock (one) return all == 0; } }

    /// <summary>The least of the e-mails for which there is room; null for none. A relay that was away is asked with one.</summary>
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

    /// <param name="mail">Is no longer under way.</param>
    /// <param name="awayUntil">Null if there was a connection.</param>
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

    /// <summary>Until one is no longer under way, or for so long.</summary>
    public Task Changed(TimeSpan most, CancellationToken ct) => left.WaitAsync(most, ct);
}
