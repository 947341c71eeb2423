namespace Community.Boards;

/// <summary>Where a list is cut into pages: the last page may hold a third more, so that no page follows for one or two.</summary>
static class Pages
{
    /// <summary>The most that stands on a page.</summary>
    public static int Max(int size) => size + size / 3;

    /// <summary>How many to ask for: with so many, more follow.</summary>
    public static int Asked(int size) => Max(size) + 1;

    /// <summary>Cuts what was found down to a page.</summary>
    /// <returns>Whether more follow.</returns>
    public static bool TrimToPage<T>(List<T> found, int size)
    {
        if (found.Count <= Max(size)) return false;
        found.RemoveRange(size, found.Count - size);
        return true;
    }

    /// <summary>How many stand before the page that holds an entry, in a list of known length that is cut from its beginning.</summary>
    public static int Before(int number, int total, int size)
    {
        var page = (number - 1) / size * size;
        return page > 0 && total - page <= Max(size) - size ? page - size : page;
    }
}
