using Community.Kernel;

namespace Community.Members;

/// <summary>
/// Changes or removes a member's picture. The new file's row, the member and the old file's row change in one transaction; the old file
/// is deleted after the commit, or by the next sweep if the process dies before that.
/// </summary>
/// <exception cref="Denied">The actor is no longer an active member.</exception>
public sealed class ChangePicture(SiteDb db, Actors actors, Files files)
{
    /// <exception cref="FileRefused">The picture was rejected; the exception says why, in words.</exception>
    public async Task To(Reader actor, Stream content, CancellationToken ct)
    {
        var id = actor.Id ?? throw new Denied();
        var picture = await files.Take(content, FilePurpose.Avatar, id, ct);
        string? replaced = null;
        await using (var change = await db.Change<Member>(id, ct))
        {
            if ((await actors.RequireMember(actor)).Hindrance is { } why) throw new Refused(why);
            if (change.Row is not { } member) return;
            await files.Keep(picture, FilePurpose.Avatar, id, async file =>
            {
                replaced = await Wear(member, file.Name, ct);
                await change.Commit(ct);
            }, ct);
        }
        if (replaced is not null) await files.Discard(replaced, ct);
    }

    public async Task ToNone(Reader actor, CancellationToken ct)
    {
        string? replaced;
        await using (var change = await db.Change<Member>(actor.Id ?? 0, ct))
        {
            await actors.RequireMember(actor);
            if (change.Row is not { } member) return;
            replaced = await Wear(member, null, ct);
            await change.Commit(ct);
        }
        if (replaced is not null) await files.Discard(replaced, ct);
    }

    /// <summary>The hash of the file that may no longer be referenced; null for none.</summary>
    async Task<string?> Wear(Member member, string? picture, CancellationToken ct)
    {
        // The page loaded the member before the lock was taken: another window may have changed the picture since.
        await db.Entry(member).ReloadAsync(ct);
        var before = member.Picture;
        if (before == picture) return null;
        member.Picture = picture;
        db.Publish(new MemberChanged(member.Id));
        db.Touch(ContentVersions.People);
        if (before is null) return null;
        var hash = before.Split('.')[0];
        await files.Release(hash, FilePurpose.Avatar, member.Id, ct);
        return hash;
    }
}
