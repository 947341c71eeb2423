using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Community.Kernel;

/// <summary>
/// Whose data an answer to staff holds, whichever component rendered it and whatever was sent with the request: what has no record yet gets
/// one, committed before the first byte leaves. If it cannot be written, nothing leaves.
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

    /// <summary>They have a record.</summary>
    public void Recorded(IEnumerable<long> members)
    {
        lock (one) recorded.UnionWith(members);
    }

    /// <summary>To be written if the answer shows what it is about: a form that was taken leads on, and shows nothing.</summary>
    public void Later(AuditRecord record, IEnumerable<long> members)
    {
        lock (one)
        {
            recorded.UnionWith(members);
            later.Add(record);
        }
    }

    /// <summary>The address of this member stands in the answer.</summary>
    public void Rendered(long member)
    {
        lock (one) rendered.Add(member);
    }

    async Task Write(HttpContext http)
    {
        // Of a page that leads on after a form was taken nothing leaves.
        if (HttpMethods.IsPost(http.Request.Method) && http.Response.StatusCode is >= 300 and < 400) return;
        List<AuditRecord> records;
        lock (one)
        {
            var missed = rendered.Except(recorded).Order().ToList();
            records = [.. later.DistinctBy(r => (r.Action, r.SubjectId, r.Ids, r.Fields, r.Purpose))];
            if (missed.Count > 0)
                records.Add(
                    Audit.Record(http, http.RequestServices.GetRequiredService<TimeProvider>(), "members.shown", missed, "email", "")
                );
        }
        if (records.Count == 0) return;
        // Not the request's own database: a part of the page, or what failed, may have left something in it.
        await using var scope = http.RequestServices.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<SiteDb>();
        db.Audit.AddRange(records);
        await db.SaveChangesAsync(CancellationToken.None);
    }
}
