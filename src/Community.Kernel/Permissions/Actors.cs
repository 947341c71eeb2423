namespace Community.Kernel;

/// <summary>
/// A reader as the database has the member now: name, groups and permissions; a visitor if the member is suspended, not confirmed or not
/// there. The module that keeps members registers it.
/// </summary>
public delegate Task<Reader> PresentReader(Reader reader);

/// <summary>
/// Who acts, as the database has the member now. A <see cref="Reader"/> is as old as its request: meanwhile the member may have been
/// suspended, lost a role or left a group. Every verb asks here, inside its own change, so that the check and the write see the same state.
/// </summary>
public sealed class Actors(PresentReader present)
{
    /// <summary>The actor as the database has them now, for what members do with what is their own.</summary>
    /// <exception cref="Denied">The actor is no member by now.</exception>
    public async Task<Reader> RequireMember(Reader actor) =>
        await present(actor) is { IsMember: true } now ? now : throw new Denied();

    /// <summary>The actor as the database has them now.</summary>
    /// <exception cref="Denied">The permission is missing by now.</exception>
    public async Task<Reader> Require(Reader actor, string permission) =>
        await present(actor) is var now && now.May(permission) ? now : throw new Denied();
}
