using System.Threading.Channels;

namespace Community.Bulk;

/// <summary>Writes what many connections want written in one transaction: each waits for the commit of its own group.</summary>
/// <remarks>
/// A transaction costs about the same for one as for twenty. So a group waits for those that are on their way to it, as long as that takes
/// not much longer than the transaction itself. Who did not come in time, because a host is slow, is waited for no more: else each group
/// would wait its full time for as long as that host takes.
/// </remarks>
/// <typeparam name="T">What is written.</typeparam>
/// <typeparam name="TResult">What each learns.</typeparam>
/// <param name="write">Writes a group.</param>
/// <param name="wait">How long a group waits for what is expected, at most.</param>
public sealed class GroupedWrites<T, TResult>(Func<IReadOnlyList<T>, Task<Func<T, TResult>>> write, TimeSpan wait)
{
    const int MaxGroup = 500;
    readonly Lock gate = new();
    // Rises when a group has waited in vain. What was expected before counts no more until it is here.
    int round;
    int expected, here;
    TaskCompletionSource? gathering;
    readonly Channel<(T Item, TaskCompletionSource<TResult> Done)> queue =
        Channel.CreateUnbounded<(T, TaskCompletionSource<TResult>)>(new() { SingleReader = true });

    /// <summary>Says that something will be written soon.</summary>
    /// <returns>What to say to <see cref="Write"/>, or to <see cref="Leave"/> if it is not written after all.</returns>
    public int Expect()
    {
        lock (gate)
        {
            expected++;
            return round;
        }
    }

    /// <summary>What was expected does not come.</summary>
    /// <param name="since">What <see cref="Expect"/> has returned.</param>
    public void Leave(int since)
    {
        lock (gate)
        {
            if (since != round) return;
            expected--;
            if (IsComplete) gathering?.TrySetResult();
        }
    }

    /// <summary>How many a group would wait for.</summary>
    internal int Expected { get { lock (gate) return expected; } }

    bool IsComplete => here >= Math.Min(expected, MaxGroup);

    /// <summary>Writes what was expected.</summary>
    /// <param name="item">What is written.</param>
    /// <param name="since">What <see cref="Expect"/> has returned.</param>
    /// <returns>When it is committed. Throws what the write threw: then it was not committed, or nobody knows.</returns>
    public Task<TResult> Write(T item, int since)
    {
        var done = new TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (!queue.Writer.TryWrite((item, done)))
                return Task.FromException<TResult>(new OperationCanceledException("The server is stopping."));
            here++;
            if (since != round) expected++;
            if (IsComplete) gathering?.TrySetResult();
        }
        return done.Task;
    }

    /// <summary>What comes while a group is written is the next.</summary>
    public async Task Run()
    {
        while (await queue.Reader.WaitToReadAsync())
        {
            await Gather();
            var group = new List<(T Item, TaskCompletionSource<TResult> Done)>();
            lock (gate)
            {
                while (group.Count < MaxGroup && queue.Reader.TryRead(out var next)) group.Add(next);
                // Before they are written: who comes next is not to wait for these.
                here -= group.Count;
                expected -= group.Count;
            }
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
        TaskCompletionSource waiting;
        lock (gate)
        {
            if (IsComplete) return;
            gathering = waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        await Task.WhenAny(waiting.Task, Task.Delay(wait));
        lock (gate)
        {
            gathering = null;
            if (IsComplete) return;
            round++;
            expected = here;
        }
    }

    /// <summary>Takes nothing more; <see cref="Run"/> ends when all is written.</summary>
    public void Complete() => queue.Writer.TryComplete();
}
