using Community.Kernel;
using Community.Members;
using Community.Ui;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>
/// The author of a topic, or its moderators, ask a question in it, change it while nobody has voted, end it, take it away.
/// </summary>
/// <exception cref="Denied">The actor is no longer an active member.</exception>
public sealed class SavePoll(
    SiteDb db, Actors actors, Screening screening, ModerationTrail trail, IStringLocalizer texts, TimeProvider time)
{
    /// <summary>Makes the topic's poll, or changes it.</summary>
    /// <param name="actor">Who saves.</param>
    /// <param name="topicId">The topic.</param>
    /// <param name="fields">What was typed.</param>
    /// <param name="seen">The <see cref="Poll.Version"/> that the actor saw; null for a new one, or to overwrite a newer one.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="ct">Cancels it.</param>
    /// <returns>False if the actor sees no such topic, or <paramref name="problems"/> say why it was not saved.</returns>
    /// <exception cref="Refused">The actor may not, or somebody has voted and the question would be another.</exception>
    /// <exception cref="EditConflict">Somebody has saved it since.</exception>
    public async Task<bool> Save(Reader actor, long topicId, PollFields fields, long? seen, Problems problems, CancellationToken ct)
    {
        var screened = await screening.Look(fields.Question, fields.Options, ct);
        fields = fields with { Question = screened.Title ?? "", Options = screened.Text };
        await using var change = await db.Change(ct);
        var (member, topic) = await Place(actor, topicId, ct);
        if (topic is null) return false;
        if (Poll.RefusesWriting(member, topic) is { } why) throw new Refused(why);
        fields.Check(problems, texts, Now);
        // A poll has no queue to wait in.
        if (screened.Reasons is not HoldReasons.None && !topic.Board.MayModerate(member))
            problems.Add("options", texts["boards.poll.words"]);
        if (problems.Any) return false;
        var poll = await Of(topicId, ct);
        var (question, lines) = (PostText.Title(fields.Question)!, string.Join('\n', fields.Lines));
        fields = fields with { Question = question, Options = lines };
        if (poll is null)
        {
            poll = new Poll { TopicId = topicId, Question = question, Options = lines, MadeAt = Now, MadeBy = member.Id };
            db.Polls.Add(poll);
        }
        else
        {
            if (fields.AsksTheSame(poll) && fields.EndsAt == poll.EndsAt) return true;
            if (seen is null || seen != poll.Version)
                throw await EditConflict.Of(db, poll.ChangedBy ?? poll.MadeBy, poll.ChangedAt ?? poll.MadeAt, ct);
            if (poll.Voters > 0 && !fields.AsksTheSame(poll)) throw new Refused("boards.poll.refused.voted");
            if (poll.IsOver(Now)) throw new Refused("boards.poll.refused.over");
            (poll.ChangedAt, poll.ChangedBy) = (Now, member.Id);
        }
        if (!member.Is(topic.AuthorId)) trail.Add(member, ModerationAct.EditPoll, topic, null, "");
        (poll.Question, poll.Options) = (question, lines);
        (poll.MaxChoices, poll.Results, poll.MayChange, poll.IsNamed) =
            (fields.MaxChoices!.Value, fields.Results, fields.MayChange, fields.IsNamed);
        poll.EndsAt = fields.EndsAt;
        await db.SaveChangesAsync(ct);
        if (poll.EndsAt is { } end) db.Enqueue(new PollEnd(poll.Id), end);
        db.Publish(new PollSaved(topicId, poll.Id));
        await Commit(change, topic, ct);
        return true;
    }

    /// <summary>Ends the poll before its time, or lets it go on. Repeating it changes nothing.</summary>
    /// <returns>False if the actor sees no such poll.</returns>
    /// <exception cref="Refused">The actor may not, or it is over by its time.</exception>
    public async Task<bool> Close(Reader actor, long topicId, bool on, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var (member, topic) = await Place(actor, topicId, ct);
        if (topic is null || await Of(topicId, ct) is not { } poll) return false;
        if (Poll.RefusesWriting(member, topic) is { } why) throw new Refused(why);
        if (poll.ClosedAt is not null == on) return true;
        // What is over by its time goes on for nobody.
        if (!on && poll.EndsAt <= Now) throw new Refused("boards.poll.refused.over");
        // What a moderator closed, the author does not open.
        if (!on && poll.ClosedBy != member.Id && !topic.Board.MayModerate(member)) throw new Refused("boards.poll.refused.closed");
        (poll.ClosedAt, poll.ClosedBy) = on ? (Now, member.Id) : ((DateTime?)null, (long?)null);
        if (!member.Is(topic.AuthorId)) trail.Add(member, on ? ModerationAct.ClosePoll : ModerationAct.OpenPoll, topic, null, "");
        if (on) db.Publish(new PollEnded(topicId, poll.Id));
        else db.Publish(new PollSaved(topicId, poll.Id));
        await Commit(change, topic, ct);
        return true;
    }

    /// <summary>Takes the poll away: its author while nobody has voted, moderators whenever. Repeating it changes nothing.</summary>
    /// <returns>False if the actor sees no such topic.</returns>
    /// <exception cref="Refused">The actor may not.</exception>
    public async Task<bool> Delete(Reader actor, long topicId, CancellationToken ct)
    {
        await using var change = await db.Change(ct);
        var (member, topic) = await Place(actor, topicId, ct);
        if (topic is null) return false;
        if (Poll.RefusesWriting(member, topic) is { } why) throw new Refused(why);
        if (await Of(topicId, ct) is not { } poll) return true;
        if (poll.Voters > 0 && !topic.Board.MayModerate(member)) throw new Refused("boards.poll.refused.voted");
        if (!member.Is(topic.AuthorId)) trail.Add(member, ModerationAct.DeletePoll, topic, null, "");
        await Remove(db, topicId, ct);
        db.Publish(new PollDeleted(topicId, poll.Id));
        await Commit(change, topic, ct);
        return true;
    }

    /// <summary>The poll of a topic with all ballots, in the open change.</summary>
    internal static async Task Remove(SiteDb db, long topicId, CancellationToken ct)
    {
        await db.PollBallots.Where(b => b.Poll.TopicId == topicId).ExecuteDeleteAsync(ct);
        await db.Polls.Where(p => p.TopicId == topicId).ExecuteDeleteAsync(ct);
    }

    /// <summary>
    /// Who acts, as the database has them now, and the topic with its board, locked; no topic if the actor does not see it.
    /// </summary>
    async Task<(Reader Member, Topic? Topic)> Place(Reader actor, long topicId, CancellationToken ct)
    {
        await Locks.MembersOf(db, [topicId], [actor.Id], null, null, ct);
        await db.LockRow<Topic>(topicId, ct);
        var member = await actors.Require(actor, BoardsPermissions.Write);
        var topics = db.Topics.AsNoTracking().Include(t => t.Board.Groups).VisibleTo(member);
        return (member, await topics.FirstOrDefaultAsync(t => t.Id == topicId, ct));
    }

    async Task<Poll?> Of(long topicId, CancellationToken ct)
    {
        var id = await db.Polls.Where(p => p.TopicId == topicId).Select(p => (long?)p.Id).FirstOrDefaultAsync(ct);
        return id is { } known ? await db.Locked<Poll>(known, ct) : null;
    }

    async Task Commit(Change change, Topic topic, CancellationToken ct)
    {
        db.Touch(topic.Board.Key);
        await change.Commit(ct);
    }

    DateTime Now => time.GetUtcNow().UtcDateTime;
}
