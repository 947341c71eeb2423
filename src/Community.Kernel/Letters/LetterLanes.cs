namespace Community.Kernel;

/// <summary>How many letters of one site are under way on this node, and whether the relay was there when last asked.</summary>
sealed class LetterLanes
{
    /// <summary>Letters of one site under way at once.</summary>
    const int Max = 4;
    /// <summary>The last is for urgent ones: a relay that thinks for minutes about each registration holds up no password.</summary>
    const int MaxOthers = Max - 1;

    readonly SemaphoreSlim left = new(0);
    readonly Lock one = new();
    int all, others;

    /// <summary>No letter is tried before this: there was no connection.</summary>
    public DateTime? AwayUntil { get; private set; }

    public bool IsEmpty { get { lock (one) return all == 0; } }

    /// <summary>The least of the letters for which there is room; null for none. A relay that was away is asked with one.</summary>
    public LetterPrecedence? Room
    {
        get
        {
            lock (one)
                return AwayUntil is not null ? all == 0 ? LetterPrecedence.Notice : null
                    : others < MaxOthers ? LetterPrecedence.Notice : all < Max ? LetterPrecedence.Urgent : null;
        }
    }

    public void Enter(Letter letter)
    {
        lock (one)
        {
            all++;
            if (letter.Precedence != LetterPrecedence.Urgent) others++;
        }
    }

    /// <param name="letter">Is no longer under way.</param>
    /// <param name="awayUntil">Null if there was a connection.</param>
    public void Leave(Letter letter, DateTime? awayUntil)
    {
        lock (one)
        {
            all--;
            if (letter.Precedence != LetterPrecedence.Urgent) others--;
            AwayUntil = awayUntil;
        }
        if (left.CurrentCount == 0) left.Release();
    }

    /// <summary>Until one is no longer under way, or for so long.</summary>
    public Task Changed(TimeSpan most, CancellationToken ct) => left.WaitAsync(most, ct);
}
