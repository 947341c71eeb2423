namespace Community.Benchmarks;

static class Commands
{
    public static async Task<int> Run(string[] args)
    {
        PostgreSqlServer.ReleasesSoon = false;
        switch (args.FirstOrDefault())
        {
            case "floor":
                await Floor.Serve(args);
                return 0;
            case "import-run":
                MembersImport.Count = int.Parse(args[3]);
                await MembersImport.RunHere(args[1], args[2]);
                return 0;
            case "posts-import-run":
                PostsImport.Count = int.Parse(args[3]);
                await PostsImport.RunHere(args[1], args[2]);
                return 0;
            case "send":
                await KilledSender.RunHere(args[1..]);
                return 0;
            case "export-run":
                await MembersExport.RunHere(args[1], args[2], args[3]);
                return 0;
            case "fuzz":
                return Fuzz.Run(Number("seconds") ?? 60, Number("seed"));
            case "data":
                await Data.Make(
                    Value("data") ?? "App_Data",
                    Value("database") ?? "",
                    Number("members") ?? 10_000,
                    Number("topics") ?? Math.Max(1, (Number("posts") ?? 100_000) / 50),
                    Number("posts") ?? 100_000,
                    deep: false
                );
                Console.WriteLine(
                    $"""
                    Start it with:  ./run{(Value("data") is { } folder ? " --data " + folder : "")}
                    The site:       http://{Data.Host}:5080, {Data.Reader}, password: {Data.Password}
                    """);
                return 0;
            default:
                (MembersImport.Count, PostsImport.Count) = (Number("rows") ?? MembersImport.Count, Number("rows") ?? PostsImport.Count);
                (Rows.Database, Rows.Data, Rows.Server) = (Value("on"), Value("data"), Value("database"));
                Rows.FillOnly = args.Contains("--fill");
                Finding.Count = Size.Count = Number("posts") ?? Finding.Count;
                Freeze.Count = MailingPages.Count = Number("recipients") ?? Freeze.Count;
                (Kills.Count, Kills.Seed) = (Number("kills") ?? Kills.Count, Number("seed") ?? Kills.Seed);
                Kills.Minutes = Number("minutes") ?? 0;
                Kills.PerHour = Number("per-hour") ?? Kills.PerHour;
                Engine.Count = Number("messages") ?? Engine.Count;
                (Engine.Servers, Engine.Text) = (Number("servers"), Number("kb") ?? 1);
                (Engine.OnlyFloor, Engine.OnlyPaced) = (args.Contains("--floor"), args.Contains("--paced"));
                Engine.OnlySigned = args.Contains("--signed");
                MembersSearch.Count = Number("members") ?? MembersSearch.Count;
                Following.Count = Number("members") ?? Following.Count;
                var only = args.TakeWhile(a => !a.StartsWith("--", StringComparison.Ordinal)).ToHashSet();
                var write = args.Contains("--write");
                if (write && args.Length > only.Count + 1)
                {
                    Console.Error.WriteLine("bench: --write keeps the figures of whole parts: leave the other options out.");
                    return 2;
                }
                var report = new Report();
                foreach (var (name, measure) in Rows.All)
                    if (only.Count == 0 || name.Split(' ').Any(only.Contains))
                    {
                        report.Begin(name);
                        await measure(report);
                    }
                return report.Finish(write) ? 0 : 1;
        }

        string? Value(string name) => args.SkipWhile(a => a != "--" + name).Skip(1).FirstOrDefault();
        int? Number(string name) => int.TryParse(Value(name), out var n) ? n : null;
    }
}
