namespace Community.Bulk.Tests.Sending;

public sealed class GroupedWritesTests
{
    /// <summary>Longer than any test: who waits for it, waits in vain.</summary>
    static readonly TimeSpan forEver = TimeSpan.FromMinutes(10);

    static (GroupedWrites<int, int> Writes, List<int> Sizes) New(TimeSpan wait)
    {
        List<int> sizes = [];
        return (new(group =>
        {
            sizes.Add(group.Count);
            return Task.FromResult<Func<int, int>>(item => 10 * item);
        }, wait), sizes);
    }

    [Fact]
    public async Task A_group_waits_for_what_is_on_its_way()
    {
        var (writes, sizes) = New(forEver);
        var since = writes.Expect();
        for (var i = 0; i < 3; i++) writes.Expect();
        var running = writes.Run();
        var first = writes.Write(1, since);
        await Task.Yield();
        var second = writes.Write(2, since);
        Assert.False(first.IsCompleted);
        // One of them ends on its way, such as a message that nobody takes.
        writes.Leave(since);
        Assert.False(second.IsCompleted);
        int[] answers = await Task.WhenAll(first, second, writes.Write(3, since));
        Assert.Equal([10, 20, 30], answers);
        Assert.Equal([3], sizes);
        // Of those before nobody is waited for.
        Assert.Equal(40, await writes.Write(4, writes.Expect()));
        writes.Complete();
        await running;
    }

    [Fact]
    public async Task The_last_one_that_does_not_come_lets_the_others_go()
    {
        var (writes, sizes) = New(forEver);
        writes.Expect();
        var since = writes.Expect();
        var running = writes.Run();
        var waits = writes.Write(1, since);
        writes.Leave(since);
        Assert.Equal(10, await waits);
        Assert.Equal([1], sizes);
        writes.Complete();
        await running;
    }

    [Fact]
    public async Task Nobody_waits_for_long_and_only_once_for_who_is_slow()
    {
        var (writes, sizes) = New(TimeSpan.FromMilliseconds(5));
        var slow = writes.Expect();
        var quick = writes.Expect();
        var running = writes.Run();
        Assert.Equal(10, await writes.Write(1, quick));
        // Nothing is expected of the slow one now, so this goes at once, and would not be complete with it either.
        Assert.Equal(0, writes.Expected);
        Assert.Equal(20, await writes.Write(2, writes.Expect()));
        // It comes all the same, and one that waits with it is in its group as before.
        var other = writes.Expect();
        var late = writes.Write(3, slow);
        int[] answers = await Task.WhenAll(late, writes.Write(4, other));
        Assert.Equal([30, 40], answers);
        Assert.Equal(0, writes.Expected);
        // Of another slow one, that does not come at all.
        slow = writes.Expect();
        Assert.Equal(50, await writes.Write(5, writes.Expect()));
        writes.Leave(slow);
        Assert.Equal(0, writes.Expected);
        writes.Complete();
        await running;
        Assert.Equal([1, 1], sizes.Take(2));
    }
}
