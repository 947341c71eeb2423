using Community.Tests.Boards;

namespace Community.Tests.Kernel;

/// <summary>How long a job goes on while others wait for its worker.</summary>
public sealed class TurnTests(TestHost host)
{
    sealed class Watch : TimeProvider
    {
        public TimeSpan Gone { get; set; }
        public override long GetTimestamp() => Gone.Ticks;
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    }

    [Fact]
    public async Task A_job_goes_on_for_long_until_a_member_does_something()
    {
        var site = await host.NewSite();
        var anna = await site.SignIn("anna");
        await anna.Start("general", "Before");
        var watch = new Watch();
        await site.Db(async db =>
        {
            var turn = new Turn(db, watch);
            Assert.False(await After(turn, 1));
            // What the job does itself, and what was done before it began, is nobody who waits.
            db.Publish(new Community.Boards.BoardChanged(1));
            await db.SaveChangesAsync();
            Assert.False(await After(turn, 7));
            Assert.True(await After(turn, 9));
            await anna.Start("general", "Meanwhile");
            Assert.False(await After(turn, 1));
            Assert.True(await After(turn, 3));
            return 0;
        });

        async Task<bool> After(Turn turn, int seconds)
        {
            watch.Gone = TimeSpan.FromSeconds(seconds);
            return await turn.Ends(default);
        }
    }
}
