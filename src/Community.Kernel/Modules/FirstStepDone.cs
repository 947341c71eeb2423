using Microsoft.EntityFrameworkCore;

namespace Community.Kernel;

/// <summary>
/// A completed <see cref="FirstStep"/>; or the record that all of them were dismissed, see <see cref="PutAway"/>.
/// </summary>
public sealed class FirstStepDone
{
    /// <summary>Its <see cref="FirstStep.Text"/>, or <see cref="FirstStepDone.PutAway"/>.</summary>
    public required string Step { get; set; }
    public long? DoneBy { get; set; }

    /// <summary>Stored as the step to mean "do not show them again".</summary>
    public const string PutAway = "away";
}

public static class FirstStepsDone
{
    /// <summary>Whether a step has been completed.</summary>
    public static Task<bool> IsStepDone(this SiteDb db, string step) => db.Set<FirstStepDone>().AnyAsync(s => s.Step == step);

    /// <summary>Records a step as completed, in the caller's change. If it is recorded already, the first record stays.</summary>
    public static Task StepDone(this SiteDb db, string step, long? by, CancellationToken ct) =>
        db.Database.ExecuteSqlAsync(
            $"INSERT INTO first_steps_done (step, done_by) VALUES ({step}, {by}) ON CONFLICT (step) DO NOTHING",
            ct
        );
}
