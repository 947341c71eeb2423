using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Community.Benchmarks;

/// <summary>
/// Runs inside the measured process before its Main (DOTNET_STARTUP_HOOKS): answers on a loopback port what the process has used,
/// and on demand writes down the SQL of a request. The program that is measured is the one that is shipped.
/// </summary>
static class StartupHook
{
    static readonly Recorder recorder = new();

    public static void Initialize()
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable("COMMUNITY_BENCH_CONTROL"), out var port)) return;
        DiagnosticListener.AllListeners.Subscribe(recorder);
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        new Thread(() => Listen(listener)) { IsBackground = true, Name = "bench" }.Start();
    }

    static void Listen(TcpListener listener)
    {
        while (true)
        {
            using var client = listener.AcceptTcpClient();
            using var reader = new StreamReader(client.GetStream());
            using var writer = new StreamWriter(client.GetStream(), new UTF8Encoding(false)) { AutoFlush = true };
            while (reader.ReadLine() is { } command) writer.WriteLine(Answer(command));
        }
    }

    static string Answer(string command)
    {
        switch (command)
        {
            case "record": recorder.Begin(); return "ok";
            case "recorded": return JsonSerializer.Serialize(recorder.End());
            case "collect":
                GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                GC.WaitForPendingFinalizers();
                break;
        }
        using var self = Process.GetCurrentProcess();
        return JsonSerializer.Serialize(
            new ProcessUse(
                self.TotalProcessorTime.TotalMilliseconds,
                GC.GetTotalAllocatedBytes(),
                self.WorkingSet64,
                GC.GetTotalMemory(false),
                System.Runtime.JitInfo.GetCompiledMethodCount()
            )
        );
    }
}
