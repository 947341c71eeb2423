using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Community.Benchmarks;

/// <summary>What a load brought about, and what the server used for it.</summary>
/// <param name="PerSecond">Requests.</param>
/// <param name="CpuMs">CPU of the server's process, a request: the steadiest figure on a machine with neighbours.</param>
/// <param name="Allocated">Bytes of the server's process, a request.</param>
/// <param name="P50">Milliseconds, as the client sees it.</param>
/// <param name="P99">Milliseconds.</param>
sealed record Load(double PerSecond, double CpuMs, double Allocated, double P50, double P99)
{
    /// <summary>Asks for one address from many connections at once, with wrk.</summary>
    public static async Task<Load> Of(Server server, string path, string host, string? cookie, int connections, int seconds)
    {
        var before = server.Use();
        var (requests, perSecond, p50, p99) = await Wrk(server, path, host, cookie, connections, seconds);
        var after = server.Use();
        return new Load(
            perSecond,
            (after.CpuMs - before.CpuMs) / requests,
            (after.Allocated - before.Allocated) / (double)requests,
            p50,
            p99
        );
    }

    public static Task WarmUp(Server server, string path, string host, string? cookie) => Wrk(server, path, host, cookie, 16, 4);

    static async Task<(long Requests, double PerSecond, double P50, double P99)> Wrk(
        Server server,
        string path,
        string host,
        string? cookie,
        int connections,
        int seconds
    )
    {
        List<string> arguments = ["-t1", $"-c{connections}", $"-d{seconds}s", "--latency", "-H", "Host: " + host];
        if (cookie is not null) arguments.AddRange(["-H", "Cookie: " + cookie]);
        var text = await Run.Read("wrk", [.. arguments, $"http://127.0.0.1:{server.Port}{path}"]);
        if (text.Contains("Non-2xx")) throw new InvalidOperationException($"{path}: {text}");
        var requests = long.Parse(Regex.Match(text, @"(\d+) requests in").Groups[1].Value);
        return (
            requests,
            double.Parse(Regex.Match(text, @"Requests/sec:\s+([\d.]+)").Groups[1].Value, CultureInfo.InvariantCulture),
            Latency(text, "50%"),
            Latency(text, "99%")
        );
    }

    static double Latency(string text, string part)
    {
        var found = Regex.Match(text, part + @"\s+([\d.]+)(us|ms|s)");
        var value = double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture);
        return found.Groups[2].Value switch { "us" => value / 1000, "s" => value * 1000, _ => value };
    }

    /// <summary>The middle of several, of each figure by itself.</summary>
    public static Load Middle(IReadOnlyCollection<Load> loads)
    {
        double Of(Func<Load, double> figure) => loads.Select(figure).Order().ElementAt(loads.Count / 2);
        return new(Of(l => l.PerSecond), Of(l => l.CpuMs), Of(l => l.Allocated), Of(l => l.P50), Of(l => l.P99));
    }

    /// <summary>Writers that each do one thing after the other, for some seconds.</summary>
    /// <param name="server">Whose use is measured.</param>
    /// <param name="writers">How many at once.</param>
    /// <param name="seconds">How long.</param>
    /// <param name="act">One act of a writer.</param>
    public static async Task<Load> Of(Server server, int writers, double seconds, Func<int, Task> act)
    {
        await Together(0.5);
        var before = server.Use();
        var clock = Stopwatch.StartNew();
        var times = await Together(seconds);
        var elapsed = clock.Elapsed.TotalSeconds;
        var after = server.Use();
        times.Sort();
        return new Load(
            times.Count / elapsed,
            (after.CpuMs - before.CpuMs) / times.Count,
            (after.Allocated - before.Allocated) / (double)times.Count,
            times[times.Count / 2],
            times[(int)(times.Count * 0.99)]
        );

        async Task<List<double>> Together(double length)
        {
            var end = Stopwatch.GetTimestamp() + (long)(length * Stopwatch.Frequency);
            var all = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
            {
                var mine = new List<double>();
                while (Stopwatch.GetTimestamp() < end)
                {
                    var start = Stopwatch.GetTimestamp();
                    await act(writer);
                    mine.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }
                return mine;
            })));
            return [.. all.SelectMany(t => t)];
        }
    }
}

static class Run
{
    public static async Task<string> Read(string program, string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var error = process.StandardError.ReadToEndAsync();
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? text
            : throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {text}{await error}"
            );
    }
}
