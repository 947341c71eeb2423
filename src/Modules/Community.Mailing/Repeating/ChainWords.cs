using Community.Kernel;
using Community.Members;
using Microsoft.EntityFrameworkCore;

namespace Community.Mailing;

/// <summary>Who may change what a mailing says, when a chain copies it.</summary>
static class ChainWords
{
    /// <summary>
    /// What a chain that runs copies goes out by itself: whoever changes it has to be allowed to send, not only to write. In the change
    /// that has locked the mailing.
    /// </summary>
    /// <exception cref="Denied">The actor may not.</exception>
    public static async Task RequireForChains(
        this Actors actors, Reader actor, Mailing mailing, SiteDb db, CancellationToken ct = default)
    {
        var running = db.Chains.Where(c => c.StartedAt != null);
        if (await db.ChainSteps.AnyAsync(s => s.MailingId == mailing.Id && running.Any(c => c.Id == s.ChainId), ct))
            await actors.Require(actor, MailingPermissions.Send);
    }
}
