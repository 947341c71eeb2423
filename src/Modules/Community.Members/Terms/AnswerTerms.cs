using Community.Kernel;
using Microsoft.EntityFrameworkCore;

namespace Community.Members;

/// <summary>Writes what members answer to the terms.</summary>
public sealed class AnswerTerms(SiteDb db, Actors actors)
{
    /// <summary>Records a member's answer to the texts that they were shown. What is answered already is not recorded again.</summary>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    public async Task Give(
        Reader actor,
        IReadOnlyCollection<TermsSeen> seen,
        TermsAnswerKind answer,
        string way,
        CancellationToken ct = default
    )
    {
        if (actor.Id is not { } id) throw new Denied();
        await using var change = await db.Change<Member>(id, ct);
        await actors.RequireMember(actor);
        if (change.Row is not { } member) throw new Denied();
        await Write(member, seen, answer, way, db.Now, ct);
        await change.Commit(ct);
    }

    /// <summary>The same inside an open change, for a member whose row is locked.</summary>
    internal async Task Write(
        Member member,
        IReadOnlyCollection<TermsSeen> seen,
        TermsAnswerKind answer,
        string way,
        DateTime at,
        CancellationToken ct
    )
    {
        var ids = seen.Select(s => s.Version).ToList();
        var versions = await db.TermsVersions.Where(v => ids.Contains(v.Id) && v.PublishedAt != null).ToListAsync(ct);
        foreach (var version in versions)
        {
            var shown = seen.First(s => s.Version == version.Id);
            var text = await db.TermsTexts.FirstOrDefaultAsync(t => t.VersionId == version.Id && t.Revision == shown.Revision, ct);
            if (text is null || !member.Answers(version, answer)) continue;
            var (language, words) = text.For(shown.Language);
            db.TermsAnswers.Add(
                new()
                {
                    MemberId = member.Id,
                    VersionId = version.Id,
                    Kind = answer,
                    At = at,
                    Way = way,
                    Language = language,
                    Revision = text.Revision,
                    Digest = TermsText.DigestOf(words),
                }
            );
            db.Publish(new TermsAnswered(member.Id, version.Id, answer is TermsAnswerKind.Agreed));
        }
    }
}
