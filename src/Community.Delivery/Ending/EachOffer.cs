namespace Community.Bulk;

/// <summary>A step with each of several offers: what one of them cannot do holds up none of the others.</summary>
static class EachOffer
{
    /// <returns>The sum of what the steps have returned.</returns>
    /// <exception cref="AggregateException">What some could not do, after all others had their step. That the ledger is away ends it at
    /// once.</exception>
    public static async Task<int> Run(IEnumerable<long> offers, Func<long, Task<int>> step)
    {
        var sum = 0;
        List<Exception> failures = [];
        foreach (var offer in offers)
            try { sum += await step(offer); }
            catch (Exception error) when (error is not OperationCanceledException && !DeliveryControl.IsPassing(error))
            {
                failures.Add(new InvalidOperationException($"offer {offer}: {error.Reason()}"));
            }
        return failures.Count == 0 ? sum : throw new AggregateException(failures);
    }
}
