using System.Diagnostics;

namespace Community.Tests.Harness;

/// <summary>How tests wait.</summary>
public static class Waiting
{
    /// <summary>
    /// For what takes less than a second on an idle machine: a test that passes waits no longer for it, and a machine with fifty threads
    /// for each core passes it, too.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static Task Until(Func<Task<bool>> holds, string what) => Until(holds, () => what);

    public static async Task Until(Func<Task<bool>> holds, Func<string> what)
    {
        var began = Stopwatch.GetTimestamp();
        // At least once behind the end, too: it may have come while this thread waited for its turn.
        for (var late = false; !late; await Task.Delay(30))
        {
            late = Stopwatch.GetElapsedTime(began) > Patience;
            if (await holds()) return;
        }
        Xunit.Assert.Fail(what());
    }
}
