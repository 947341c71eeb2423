namespace Community.Tests.Harness;

/// <summary>Where a test of random things begins: elsewhere in each run, or where the environment says, to repeat a failure.</summary>
static class Seeds
{
    /// <param name="variable">The environment's variable.</param>
    public static int Next(string variable = "COMMUNITY_TEST_SEED") =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out var given) ? given : Random.Shared.Next(1_000_000_000);
}
