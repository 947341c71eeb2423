namespace Community.Benchmarks;

/// <summary>Registering and signing in, beside one hash of a password: by intent the dearest thing that the product does.</summary>
static class Accounts
{
    public static async Task Measure(Report report)
    {
        report.Section(
            "Accounts",
            $"Each takes one hash (PBKDF2, {new Community.Members.MembersOptions().PasswordIterations:N0} iterations), at most half of the "
                + "cores at a time, so that pages go on. The floor is an endpoint that hashes once.",
            "act",
            "at once",
            "a second",
            "floor",
            "CPU ms",
            "floor",
            "CPU beside the hash",
            "p50 ms",
            "p99 ms"
        );
        var folder = Path.Combine(Places.Artifacts, "accounts");
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        await Data.Make(folder, "", 100, 1, 1, deep: false);
        await using var host = await Server.Host(folder);
        await using var floor = await Server.Floor(new FloorSpecification("Data Source=:memory:", []).Keep());
        using var bare = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{floor.Port}"),
        };
        using var visitor = new Browser(host, Data.Host);
        var register = await visitor.Form("/register", "name=\"Name\"");
        var people = 0;
        const int AtOnce = 4;
        var hash = await Load.Of(
            floor,
            AtOnce,
            5,
            async _ =>
            {
                using var answer = await bare.PostAsync("/hash", null);
            }
        );
        Row(
            "registering",
            await Load.Of(
                host,
                AtOnce,
                6,
                _ =>
                    visitor.Post(
                        "/register",
                        new(register)
                        {
                            ["Name"] = "Newcomer",
                            ["Email"] = $"new{Interlocked.Increment(ref people)}@bench.example",
                            ["Password"] = "mountains and green tea",
                        }
                    )
            )
        );
        // Each with a browser of its own: who is signed in is not asked to sign in.
        Row("signing in", await Load.Of(host, AtOnce, 6, async writer =>
        {
            using var member = new Browser(host, Data.Host);
            var form = await member.Form("/sign-in", "name=\"Password\"");
            await member.Post("/sign-in", new(form) { ["Email"] = Data.Writer(1 + writer), ["Password"] = Data.Password });
        }));

        void Row(string act, Load own) =>
            report.Row(
                act,
                AtOnce.ToString(),
                own.PerSecond.N(),
                hash.PerSecond.N(),
                own.CpuMs.N(),
                hash.CpuMs.N(),
                (own.CpuMs / hash.CpuMs).ToString("0.00") + " ×",
                own.P50.N(),
                own.P99.N()
            );
    }
}
