using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// A first step that somebody has taken, see <see cref="FirstStep"/>; or that all of them were put away, see <see cref="PutAway"/>.
/// </summary>
public sealed class FirstStepDone
{
    /// <summary>As <see cref="FirstStep.Text"/>.</summary>
    public required string Step { get; set; }
    public long? DoneBy { get; set; }

    /// <summary>Stands for "show them no more".</summary>
    public const string PutAway = "away";
}

public static class FirstStepsDone
{
    /// <summary>Whether a step was taken.</summary>
    public static Task<bool> IsStepDone(this SiteDb db, string step) => db.Set<FirstStepDone>().AnyAsync(s => s.Step == step);

    /// <summary>A step was taken, in the caller's change; what was done a first time stays.</summary>
    public static Task StepDone(this SiteDb db, string step, long? by, CancellationToken ct) =>
        db.Database.ExecuteSqlAsync(
            $"INSERT INTO first_steps_done (step, done_by) VALUES ({step}, {by}) ON CONFLICT (step) DO NOTHING",
            ct
        );
}
