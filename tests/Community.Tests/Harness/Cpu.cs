using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Community.Tests.Harness;

/// <summary>What work costs, however busy the machine is: the time of the processor, not that of the clock on the wall.</summary>
static class Cpu
{
    /// <summary>The processor time of this thread for work that stays on it. Where it cannot be had, the time that passes.</summary>
    public static TimeSpan Of(Action work)
    {
        var (began, before) = (Stopwatch.GetTimestamp(), OfThread());
        work();
        return before is { } from && OfThread() is { } to ? to - from : Stopwatch.GetElapsedTime(began);
    }

    static TimeSpan? OfThread()
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess) return null;
        // Seconds and nanoseconds.
        var at = new long[2];
        return clock_gettime(3 /* CLOCK_THREAD_CPUTIME_ID */, at) == 0
            ? TimeSpan.FromSeconds(at[0]) + TimeSpan.FromTicks(at[1] / TimeSpan.NanosecondsPerTick)
            : null;
    }

    [DllImport("libc")]
    static extern int clock_gettime(int clock, [Out] long[] at);
}
