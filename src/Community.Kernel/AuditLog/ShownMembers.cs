using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>
/// Collects whose data a response to staff contains, whichever component rendered it and whatever the request was. Anyone not yet recorded
/// is recorded and committed before the first byte is sent. If that fails, nothing is sent.
/// </summary>
sealed class ShownMembers
{
    readonly Lock one = new();
    readonly HashSet<long> recorded = [], rendered = [];
    readonly List<AuditRecord> later = [];

    ShownMembers() { }

    public static ShownMembers Of(HttpContext http)
    {
        lock (http.Items)
        {
            if (http.Items[typeof(ShownMembers)] is ShownMembers known) return known;
            var shown = new ShownMembers();
            http.Items[typeof(ShownMembers)] = shown;
            http.Response.OnStarting(() => shown.Write(http));
            return shown;
        }
    }

    /// <summary>Notes that these members are already recorded.</summary>
    public void Recorded(IEnumerable<long> members)
    {
        lock (one) recorded.UnionWith(members);
    }

    /// <summary>Adds a record to write if the response shows the data: an accepted form redirects, and shows nothing.</summary>
    public void Later(AuditRecord record, IEnumerable<long> members)
    {
        lock (one)
        {
            recorded.UnionWith(members);
            later.Add(record);
        }
    }

    /// <summary>Notes that this member's address is in the response.</summary>
    public void Rendered(long member)
    {
        lock (one) rendered.Add(member);
    }

    async Task Write(HttpContext http)
    {
        // A page that redirects after an accepted form sends no content.
        if (HttpMethods.IsPost(http.Request.Method) && http.Response.StatusCode is >= 300 and < 400) return;
        List<AuditRecord> records;
        lock (one)
        {
            var missed = rendered.Except(recorded).Order().ToList();
            records = [.. later.DistinctBy(r => (r.Action, r.SubjectId, r.Ids, r.Count, r.Fields, r.Purpose))];
            if (missed.Count > 0)
                records.Add(
                    Audit.Record(http, http.RequestServices.GetRequiredService<TimeProvider>(), "members.shown", missed, "email", "")
                );
        }
        if (records.Count == 0) return;
        // Not the request's own context: a part of the page, or a failed operation, may have left tracked changes in it.
        await using var scope = http.RequestServices.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<SiteDb>();
        db.Audit.AddRange(records);
        await db.SaveChangesAsync(CancellationToken.None);
    }
}
