using System.Collections.Concurrent;
using System.Globalization;

namespace Community.Kernel;

/// <summary>
/// Named fault-injection points at which the process dies as by kill -9, for crash tests. <c>Community:DieAt</c> lists them,
/// separated by commas: <c>mail.leased@gear:3</c> is the third time that the site <c>gear</c> gets there. Code that reaches one of several
/// waits there, and the process dies at the last, so that one crash hits work at every stage. Unset, a point costs one comparison.
/// </summary>
public static class Faults
{
    static ConcurrentDictionary<string, int>? places;
    static int open;

    /// <exception cref="FormatException">A count is not a number.</exception>
    public static void Set(string? dieAt)
    {
        var named = (dieAt ?? "")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(place => place.Split(':'))
            .ToDictionary(parts => parts[0], parts => parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 1);
        open = named.Count;
        places = named.Count > 0 ? new(named) : null;
    }

    /// <summary>Returns at once, or never if the process is to die here.</summary>
    public static Task At(string name, Site? site) => places is null ? Task.CompletedTask : Reach($"{name}@{site?.Key}");

    static async Task Reach(string place)
    {
        if (!places!.ContainsKey(place) || places.AddOrUpdate(place, 0, (_, left) => left - 1) != 0) return;
        Console.WriteLine("Waits to die at " + place);
        if (Interlocked.Decrement(ref open) == 0)
        {
            // SIGKILL: no finally block, no shutdown, nothing flushed.
            using var self = System.Diagnostics.Process.GetCurrentProcess();
            self.Kill();
        }
        await Task.Delay(Timeout.Infinite);
    }
}
