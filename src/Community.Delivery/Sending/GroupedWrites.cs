using System.Threading.Channels;

namespace Community.Bulk;

/// <summary>Writes what many connections want written in one transaction: each waits for the commit of its own group.</summary>
/// <typeparam name="T">What is written.</typeparam>
/// <typeparam name="TResult">What each learns.</typeparam>
public sealed class GroupedWrites<T, TResult>(Func<IReadOnlyList<T>, Task<Func<T, TResult>>> write)
{
    const int MaxGroup = 500;
    readonly Channel<(T Item, TaskCompletionSource<TResult> Done)> queue =
        Channel.CreateUnbounded<(T, TaskCompletionSource<TResult>)>(new() { SingleReader = true });

    /// <returns>When it is committed. Throws what the write threw: then it was not committed, or nobody knows.</returns>
    public Task<TResult> Write(T item)
    {
        var done = new TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        return queue.Writer.TryWrite((item, done))
            ? done.Task
            : Task.FromException<TResult>(new OperationCanceledException("The server is stopping."));
    }

    /// <summary>Groups form by themselves: what comes while one is written is the next.</summary>
    public async Task Run()
    {
        while (await queue.Reader.WaitToReadAsync())
        {
            var group = new List<(T Item, TaskCompletionSource<TResult> Done)>();
            while (group.Count < MaxGroup && queue.Reader.TryRead(out var next)) group.Add(next);
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

    /// <summary>Takes nothing more; <see cref="Run"/> ends when all is written.</summary>
    public void Complete() => queue.Writer.TryComplete();
}
