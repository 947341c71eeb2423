namespace Community.Members;

/// <summary>Makes an answer take the same time whether an address is known or not.</summary>
static class ConstantTime
{
    /// <summary>Far longer than looking up a member and writing an e-mail takes.</summary>
    static readonly TimeSpan Floor = TimeSpan.FromMilliseconds(150);

    public static async Task Run(Func<Task> work, CancellationToken ct)
    {
        var floor = Task.Delay(Floor, ct);
        await work();
        await floor;
    }
}
