using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Mailing;

/// <summary>A variant as typed.</summary>
/// <param name="Text">Blank for the words of the first variant.</param>
public sealed record VariantFields(string? Subject, string? Preheader, string? Text);

/// <summary>How variants are tried and the winner is chosen, as typed.</summary>
public sealed record SampleFields(string? Size, bool InPercent, WinnerRule Rule, string? Hours);

/// <summary>Saves the variants of a mailing, and chooses the one that the rest of the recipients get.</summary>
public sealed class SaveVariants(SiteDb db, Actors actors, Audit audit, IStringLocalizer texts, TimeProvider time)
{
    /// <param name="actor">The acting staff member.</param>
    /// <param name="id">The mailing's id.</param>
    /// <param name="rev">The version that the actor saw.</param>
    /// <param name="variants">All but the first; none for no test.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if it was not saved.</returns>
    public async Task<bool> Save(
        Reader actor,
        long id,
        int rev,
        IReadOnlyList<VariantFields> variants,
        SampleFields sample,
        Problems problems,
        CancellationToken ct
    )
    {
        await using var change = await db.Change<Mailing>(id, ct);
        var staff = await actors.Require(actor, MailingPermissions.Write);
        if (change.Row is not { CanEdit: true } mailing || mailing.HasChangedSince(rev))
        {
            problems.Add("", texts["mailing.variants.changed"]);
            return false;
        }
        await actors.RequireForChains(actor, mailing, db, ct);
        await db.LoadContents(mailing, ct);
        var fields = await MergeFields.On(db, ct);
        for (var i = 0; i < variants.Count; i++) Check(variants[i], i + 1, fields, problems);
        var (percent, count, hours) = Read(sample, problems);
        if (problems.Any) return false;
        var before = mailing.State;
        mailing.Unschedule(staff.Id!.Value, time.GetUtcNow().UtcDateTime);
        db.Publish(mailing, before);
        mailing.Contents.RemoveAll(c => c.Variant > variants.Count);
        for (var i = 1; i <= variants.Count; i++) Write(mailing, (byte)i, variants[i - 1]);
        (mailing.Variants, mailing.SamplePercent, mailing.SampleCount) = ((byte)(variants.Count + 1), percent, count);
        (mailing.WinnerRule, mailing.WinnerAfterHours) = (sample.Rule, hours);
        mailing.FollowMain();
        audit.Did("mailing.variants", "#" + id);
        await change.Commit(ct);
        return true;
    }

    void Check(VariantFields typed, int number, MergeFields fields, Problems problems)
    {
        var name = $"v{number}-subject";
        problems.Name(name, typed.Subject, texts, "mailing.problem.subject");
        if (typed.Subject?.Length > MailingContent.MaxSubjectLength)
            problems.Add(name, texts["mailing.problem.subject-long", typed.Subject.Length, MailingContent.MaxSubjectLength]);
        if (MailTemplate.FaultOfFields(typed.Subject ?? "", fields) is var (said, of))
            problems.Add(name, texts[said, of, fields.Written]);
        problems.Limit($"v{number}-preheader", typed.Preheader, MailingContent.MaxPreheaderLength, texts);
        if (string.IsNullOrWhiteSpace(typed.Text)) return;
        problems.Limit($"v{number}-text", typed.Text, MailingContent.MaxTextLength, texts);
        foreach (var (fault, where) in MailTemplate.Faults(typed.Text, fields))
            problems.Add($"v{number}-text", texts[fault, where, fields.Written]);
    }

    static (int Percent, int? Count, int Hours) Read(SampleFields sample, Problems problems, IStringLocalizer texts)
    {
        var hours = int.TryParse(sample.Hours, out var h) ? h : sample.Rule is WinnerRule.Hand ? 0 : -1;
        if (hours is < 0 or > Mailing.MaxWinnerAfterHours || (hours == 0 && sample.Rule is not WinnerRule.Hand))
            problems.Add("hours", texts["mailing.variants.hours.wrong", Mailing.MaxWinnerAfterHours]);
        var size = int.TryParse(sample.Size, out var n) ? n : 0;
        if (sample.InPercent && size is < 1 or > 100) problems.Add("size", texts["mailing.variants.percent.wrong"]);
        if (!sample.InPercent && size is < 1 or > 10_000_000) problems.Add("size", texts["mailing.variants.count.wrong"]);
        return (sample.InPercent ? size : 0, sample.InPercent ? null : size, Math.Max(0, hours));
    }

    (int Percent, int? Count, int Hours) Read(SampleFields sample, Problems problems) => Read(sample, problems, texts);

    static void Write(Mailing mailing, byte variant, VariantFields typed)
    {
        var content = mailing.Contents.Find(c => c.Variant == variant && c.Language.Length == 0);
        if (content is null) mailing.Contents.Add(content = new() { Variant = variant });
        content.Subject = Naming.Read(typed.Subject).Text;
        content.Preheader = string.IsNullOrWhiteSpace(typed.Preheader) ? "" : Naming.Read(typed.Preheader).Text;
        content.OwnWords = !string.IsNullOrWhiteSpace(typed.Text);
        if (content.OwnWords) (content.Text, content.Blocks) = (typed.Text!.ReplaceLineEndings("\n"), null);
    }

    /// <summary>Everybody who waits gets this variant. Whatever names the mailing goes on naming it.</summary>
    /// <exception cref="Refused">There is nothing to choose: it was chosen already, or is over.</exception>
    public async Task ChooseWinner(Reader actor, long id, byte variant, CancellationToken ct)
    {
        await using var change = await db.Change<Mailing>(id, ct);
        var staff = await actors.Require(actor, MailingPermissions.Send);
        if (change.Row is not { AwaitsWinner: true } mailing || variant >= mailing.Variants) throw new Refused("mailing.winner.not");
        var now = time.GetUtcNow().UtcDateTime;
        mailing.ChooseWinner(variant, staff.Id, now);
        audit.Did("mailing.winner", $"#{id} {Letter(variant)}");
        db.Schedule(MailingSender.Queue, now);
        await change.Commit(ct);
    }

    /// <summary>A, B, C …</summary>
    public static string Letter(byte variant) => ((char)('A' + variant)).ToString();
}
