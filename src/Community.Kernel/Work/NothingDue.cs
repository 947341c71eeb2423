namespace Community.Kernel;

/// <summary>
/// Remembers that a look into the catalogue found nothing due, so that an idle installation need not look again each second: that holds
/// until the next time that the catalogue names, or until anybody commits to it (<see cref="Databases.CatalogueStamp"/>). Where the
/// database cannot tell that cheaply, every look is taken. For one loop.
/// </summary>
sealed class NothingDue(Databases databases)
{
    long? before, seen;
    DateTime until;

    /// <summary>Call it before each look. True if nothing was due at the last one, and nothing can be due yet.</summary>
    public bool Still(DateTime now)
    {
        before = databases.CatalogueStamp();
        return before is not null && before == seen && now < until;
    }

    /// <summary>The look found nothing due before <paramref name="next"/>; null if there is nothing at all.</summary>
    public void Until(DateTime? next) => (seen, until) = (before, next ?? DateTime.MaxValue);
}
