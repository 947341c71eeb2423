namespace Community.Kernel;

/// <summary>What a rule of retention deleted on one run: staff can show that it is kept to.</summary>
public sealed class RetentionRun
{
    public long Id { get; set; }
    /// <summary>Module and rule, <c>members.sign-ins</c>; shown as the text <c>retention.members.sign-ins</c>.</summary>
    public required string Rule { get; set; }
    public DateTime At { get; set; }
    public int Count { get; set; }

    /// <summary>Leaves the count of a run that found something.</summary>
    public static async Task Leave(SiteDb db, string rule, int count, CancellationToken ct)
    {
        if (count == 0) return;
        db.Add(new RetentionRun { Rule = rule, At = db.Now, Count = count });
        await db.SaveChangesAsync(ct);
    }
}
