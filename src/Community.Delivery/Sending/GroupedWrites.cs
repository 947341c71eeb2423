using System.Threading.Channels;

namespace Community.Bulk;

/// <summary>Writes what many connections want written in one transaction: each waits for the commit of its own group.</summary>
/// <remarks>
/// A transaction costs about the same for one as for twenty. So a group waits for those that are on their way to it, as long as that takes
/// not much longer than the transaction itself.
/// </remarks>
/// <typeparam name="T">What is written.</typeparam>
/// <typeparam name="TResult">What each learns.</typeparam>
/// <param name="write">Writes a group.</param>
/// <param name="wait">How long a group waits for what is expected, at most.</param>
public sealed class GroupedWrites<T, TResult>(Func<IReadOnlyList<T>, Task<Func<T, TResult>>> write, TimeSpan wait)
{
    const int MaxGroup = 500;
    int expected, here;
    TaskCompletionSource? gathering;
    readonly Channel<(T Item, TaskCompletionSource<TResult> Done)> queue =
        Channel.CreateUnbounded<(T, TaskCompletionSource<TResult>)>(new() { SingleReader = true });

    /// <summary>
    /// Says that something will be written soon, by <see cref="Write"/>, or not after all (<see cref="Leave"/>).
    /// </summary>
    public void Expect() => Interlocked.Increment(ref expected);

    /// <summary>What was expected does not come.</summary>
    public void Leave()
    {
        Interlocked.Decrement(ref expected);
        Gathered();
    }

    bool IsComplete => Volatile.Read(ref here) >= Math.Min(Volatile.Read(ref expected), MaxGroup);

    void Gathered()
    {
        if (Volatile.Read(ref gathering) is { } waiting && IsComplete) waiting.TrySetResult();
    }

    /// <summary>Writes what was expected.</summary>
    /// <param name="item">What is written.</param>
    /// <returns>When it is committed. Throws what the write threw: then it was not committed, or nobody knows.</returns>
    public Task<TResult> Write(T item)
    {
        var done = new TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Increment(ref here);
        if (!queue.Writer.TryWrite((item, done)))
            return Task.FromException<TResult>(new OperationCanceledException("The server is stopping."));
        Gathered();
        return done.Task;
    }

    /// <summary>What comes while a group is written is the next.</summary>
    public async Task Run()
    {
        while (await queue.Reader.WaitToReadAsync())
        {
            await Gather();
            var group = new List<(T Item, TaskCompletionSource<TResult> Done)>();
            while (group.Count < MaxGroup && queue.Reader.TryRead(out var next)) group.Add(next);
            // Before they are written: who comes next is not to wait for these.
            Interlocked.Add(ref here, -group.Count);
            Interlocked.Add(ref expected, -group.Count);
            try
            {
                var result = await write([.. group.Select(g => g.Item)]);
                foreach (var (item, done) in group) done.TrySetResult(result(item));
            }
            catch (Exception error)
            {
                foreach (var (_, done) in group) done.TrySetException(error);
            }
        }
    }

    async Task Gather()
    {
        if (IsComplete) return;
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref gathering, waiting);
        // The last of them may have come just before.
        if (!IsComplete) await Task.WhenAny(waiting.Task, Task.Delay(wait));
        Interlocked.Exchange(ref gathering, null);
    }

    /// <summary>Takes nothing more; <see cref="Run"/> ends when all is written.</summary>
    public void Complete() => queue.Writer.TryComplete();
}
