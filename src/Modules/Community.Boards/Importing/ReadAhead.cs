namespace Community.Boards;

/// <summary>
/// Reads the next step of a file while the database writes the one before: each waited for the other, and both take about as long.
/// </summary>
/// <param name="read">Reads one step. Never called by two at once.</param>
sealed class ReadAhead<T>(Func<T> read) : IAsyncDisposable
{
    Task<T>? ahead;

    /// <summary>The next step.</summary>
    /// <param name="goesOn">Whether the one behind it may be read meanwhile.</param>
    public async Task<T> Next(Func<T, bool> goesOn)
    {
        var step = await (ahead ?? Task.Run(read));
        ahead = goesOn(step) ? Task.Run(read) : null;
        return step;
    }

    /// <summary>Waits until nothing is read any more, so that the file can be closed. What was read is not wanted.</summary>
    public async ValueTask DisposeAsync()
    {
        if (ahead is not null) await ahead.ContinueWith(read => read.Exception, TaskScheduler.Default);
    }
}
