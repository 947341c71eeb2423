namespace Community.Kernel;

/// <summary>
/// Named places at which the process can be made to die as by kill -9, for the tests of crashes:
/// <c>Community:DieAt</c> names one, with <c>:3</c> at the third time it is reached. Not set, a place costs one comparison.
/// </summary>
public static class Faults
{
    static string? place;
    static int remaining;

    public static void Set(string? dieAt)
    {
        var parts = dieAt?.Split(':') ?? [];
        remaining = parts.Length > 1 ? int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) : 1;
        place = parts is [{ Length: > 0 } name, ..] ? name : null;
    }

    public static void At(string name)
    {
        if (place is null || place != name || Interlocked.Decrement(ref remaining) != 0) return;
        // SIGKILL: no finally block, no shutdown, nothing flushed.
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    }
}
