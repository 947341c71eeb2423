using System.Collections.Concurrent;
using System.Globalization;

namespace Community.Kernel;

/// <summary>
/// Named places at which the process can be made to die as by kill -9, for the tests of crashes. <c>Community:DieAt</c> names them,
/// separated by commas: <c>mail.leased@gear:3</c> is the third time that the site <c>gear</c> comes there. Who reaches one of several
/// stays there; with the last the process dies, so that one death meets work at every stage. Not set, a place costs one comparison.
/// </summary>
public static class Faults
{
    static ConcurrentDictionary<string, int>? places;
    static int open;

    /// <exception cref="FormatException">A place's count is no number.</exception>
    public static void Set(string? dieAt)
    {
        var named = (dieAt ?? "")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(place => place.Split(':'))
            .ToDictionary(parts => parts[0], parts => parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 1);
        open = named.Count;
        places = named.Count > 0 ? new(named) : null;
    }

    /// <summary>Returns at once, or never.</summary>
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
