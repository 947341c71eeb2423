namespace Community.Boards;

/// <summary>Divides lists into pages. The last page may be a third longer, so that no page has just one or two entries.</summary>
static class Pages
{
    /// <summary>The most entries on a page.</summary>
    public static int Max(int size) => size + size / 3;

    /// <summary>How many rows to query. If that many are found, more pages follow.</summary>
    public static int Asked(int size) => Max(size) + 1;

    /// <summary>Trims the rows found to one page.</summary>
    /// <returns>Whether more follow.</returns>
    public static bool TrimToPage<T>(List<T> found, int size)
    {
        if (found.Count <= Max(size)) return false;
        found.RemoveRange(size, found.Count - size);
        return true;
    }

    /// <summary>How many entries precede the page with a given entry, in a list of known length that is paged from its beginning.</summary>
    public static int Before(int number, int total, int size)
    {
        var page = (number - 1) / size * size;
        return page > 0 && total - page <= Max(size) - size ? page - size : page;
    }
}
