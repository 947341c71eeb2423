using Community.Kernel;

namespace Community.Members;

/// <summary>
/// Gives a member another picture, or none. The new file's row, the member and the old file's row change together; the old file goes
/// after the commit, or with the next sweep if the process dies before that.
/// </summary>
/// <exception cref="Denied">The actor is no member by now.</exception>
public sealed class ChangePicture(SiteDb db, Actors actors, Files files)
{
    /// <exception cref="FileRefused">The picture is not taken; the exception says why, in words.</exception>
    public async Task To(Reader actor, Stream content, CancellationToken ct)
    {
        var id = actor.Id ?? throw new Denied();
        var picture = await files.Take(content, FilePurpose.Avatar, id, ct);
        string? replaced = null;
        await using (var change = await db.Change<Member>(id, ct))
        {
            await actors.RequireMember(actor);
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

    /// <summary>The hash of the file that nobody may name any more; null for none.</summary>
    async Task<string?> Wear(Member member, string? picture, CancellationToken ct)
    {
        // The page has loaded the member before the lock: another window may have changed the picture since.
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
