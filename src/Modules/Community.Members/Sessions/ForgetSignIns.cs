using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Community.Members;

/// <summary>Deletes records of sign-ins that nobody needs any more.</summary>
public sealed class ForgetSignIns(SiteDb db, IOptions<CommunityOptions> options, TimeProvider time) : IHandle<Tick>
{
    public Task Handle(Tick message, CancellationToken ct)
    {
        var before = Retention.Before(options.Value.Keep.SignIns, time.GetUtcNow().UtcDateTime);
        return db.SignIns.Where(s => s.At < before).OrderBy(s => s.At).DeleteAll(ct);
    }
}
