using System.Diagnostics;
using Community.Tests.Attacks;

namespace Community.Benchmarks;

/// <summary>
/// Random and mutated texts through the Markdown path for some time, on all processors: no exception, nothing outside the grammar of what
/// is written, time that grows with the length alone.
/// </summary>
static class Fuzz
{
    public static int Run(int seconds, int? seed)
    {
        var first = seed ?? Random.Shared.Next(1_000_000_000);
        var (next, texts, characters, faults) = (first - 1, 0L, 0L, new List<string>());
        var clock = Stopwatch.StartNew();
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Work)).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        foreach (var fault in faults) Console.WriteLine(fault + "\n");
        Console.WriteLine($"{texts:N0} texts, {characters:N0} characters in {clock.Elapsed.TotalSeconds:N0} s from seed {first}: "
            + (faults.Count == 0 ? "nothing found" : $"{faults.Count} faults"));
        return faults.Count == 0 ? 0 : 1;

        void Work()
        {
            while (clock.Elapsed.TotalSeconds < seconds && faults.Count < 20)
            {
                var mine = Interlocked.Increment(ref next);
                var random = new Random(mine);
                var text = MarkupProperties.Text(random);
                var fault = MarkupProperties.Fault(text);
                // A unit in twenty: each takes as long as a hundred texts.
                if (fault is null && mine % 20 == 0 && MarkupProperties.Unit(random) is var unit && MarkupProperties.Slow(unit) is { } slow)
                    (fault, text) = (slow, unit);
                Interlocked.Increment(ref texts);
                Interlocked.Add(ref characters, text.Length);
                if (fault is not null) lock (faults) faults.Add($"--seed {mine}: {fault}\n{text}");
            }
        }
    }
}
