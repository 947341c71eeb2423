namespace Community.Kernel;

/// <summary>
/// Reloads a reader from the database: name, groups and permissions; a visitor if the member is suspended, unconfirmed or gone.
/// Registered by the module that manages members.
/// </summary>
public delegate Task<Reader> PresentReader(Reader reader);

/// <summary>
/// Reloads the acting member from the database. A <see cref="Reader"/> is as old as its request: meanwhile the member may have been
/// suspended, lost a role or left a group. Every operation checks here, inside its own change, so that check and write see the same state.
/// </summary>
public sealed class Actors(PresentReader present)
{
    /// <summary>The actor's current state, for what members do with their own data.</summary>
    /// <exception cref="Denied">The actor is no longer an active member.</exception>
    public async Task<Reader> RequireMember(Reader actor) =>
        await present(actor) is { IsMember: true } now ? now : throw new Denied();

    /// <summary>Whether the actor still has the permission, for operations that return their refusals.</summary>
    public async Task<bool> May(Reader actor, string permission) => (await present(actor)).May(permission);

    /// <summary>The actor's current state.</summary>
    /// <exception cref="Denied">The actor does not have the permission, or no longer has it.</exception>
    public async Task<Reader> Require(Reader actor, string permission) =>
        await present(actor) is var now && now.May(permission) ? now : throw new Denied();
}
