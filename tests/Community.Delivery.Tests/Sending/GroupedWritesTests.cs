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
        for (var i = 0; i < 4; i++) writes.Expect();
        var running = writes.Run();
        var first = writes.Write(1);
        await Task.Yield();
        var second = writes.Write(2);
        Assert.False(first.IsCompleted);
        // One of them ends on its way, such as a message that nobody takes.
        writes.Leave();
        Assert.False(second.IsCompleted);
        int[] answers = await Task.WhenAll(first, second, writes.Write(3));
        Assert.Equal([10, 20, 30], answers);
        Assert.Equal([3], sizes);
        // Of those before nobody is waited for.
        writes.Expect();
        Assert.Equal(40, await writes.Write(4));
        writes.Complete();
        await running;
    }

    [Fact]
    public async Task The_last_one_that_does_not_come_lets_the_others_go()
    {
        var (writes, sizes) = New(forEver);
        writes.Expect();
        writes.Expect();
        var running = writes.Run();
        var waits = writes.Write(1);
        writes.Leave();
        Assert.Equal(10, await waits);
        Assert.Equal([1], sizes);
        writes.Complete();
        await running;
    }

    [Fact]
    public async Task Nobody_waits_for_long()
    {
        var (writes, sizes) = New(TimeSpan.FromMilliseconds(5));
        writes.Expect();
        writes.Expect();
        var running = writes.Run();
        Assert.Equal(10, await writes.Write(1));
        Assert.Equal(20, await writes.Write(2));
        Assert.Equal([1, 1], sizes);
        writes.Complete();
        await running;
    }
}
