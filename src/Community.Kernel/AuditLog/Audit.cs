using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace Community.Kernel;

/// <summary>Who did what to whose data. Append-only; holds ids, never anything else that identifies a person.</summary>
public sealed class AuditRecord : IAppendOnly
{
    public long Id { get; set; }
    public DateTime At { get; set; }

    /// <summary>The member who acted; null for the system itself.</summary>
    public long? ActorId { get; set; }

    /// <summary>Module and act: <c>members.search</c>.</summary>
    public required string Action { get; set; }

    /// <summary>The member it was about, if it was exactly one.</summary>
    public long? SubjectId { get; set; }

    /// <summary>How many members' data were shown or changed.</summary>
    public int Count { get; set; }

    /// <summary>The ids shown, as a JSON array, if there were several; null if they are in <see cref="IdSet"/>.</summary>
    public string? Ids { get; set; }

    /// <summary>
    /// The ids shown, if there were very many: see <see cref="Kernel.IdSet"/>. A search over a whole site is one short record. Part of
    /// the seal only where it is set, as <see cref="Changes"/>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? IdSet { get; set; }

    /// <summary>From where it was done, without the last part of the address; null for a command or background work.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Network { get; set; }

    /// <summary>Everybody whose data it was about.</summary>
    public IReadOnlyList<long> ReadMembers() =>
        SubjectId is { } one ? [one]
        : IdSet is not null ? Kernel.IdSet.Read(IdSet)
        : Ids is not null ? JsonSerializer.Deserialize<List<long>>(Ids)! : [];

    /// <summary>Names of the fields read or changed, separated by spaces.</summary>
    public string Fields { get; set; } = "";

    /// <summary>The purpose, stated by the staff member or the page; never a search term that names a person.</summary>
    public string Purpose { get; set; } = "";

    /// <summary>
    /// The old and new values, as JSON; see <see cref="AuditChange"/>. If null, it is not part of the seal, so that older records, from
    /// before this property existed, still match theirs.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Changes { get; set; }

    /// <summary>The deserialised changes; empty for none.</summary>
    public IReadOnlyList<AuditChange> ReadChanges() => Changes is null ? [] : JsonSerializer.Deserialize<List<AuditChange>>(Changes)!;
}

/// <summary>One changed field. For personal data (a name, an address, a text) it records only the fact, not the values.</summary>
/// <param name="Field">The key of its text without <c>field.</c></param>
/// <param name="From">The old value; null for none, or if values are not recorded. It may be the key of a text.</param>
/// <param name="To">The new value.</param>
public sealed record AuditChange(string Field, string? From = null, string? To = null)
{
    /// <summary>The fields that did change.</summary>
    public static List<AuditChange> Of(params IEnumerable<AuditChange?> fields) => [.. fields.OfType<AuditChange>()];

    /// <summary>Null if the value is unchanged.</summary>
    public static AuditChange? Value(string field, string? from, string? to) => from == to ? null : new(field, from, to);

    /// <summary>The same for long or personal texts: records only that they changed.</summary>
    public static AuditChange? WithoutValues(string field, string? from, string? to) => from == to ? null : new(field);
}

/// <summary>A hash chain over a run of audit records: a changed or missing record no longer matches its seal.</summary>
public sealed class AuditSeal
{
    public long Id { get; set; }
    public long FirstId { get; set; }
    public long LastId { get; set; }
    public required string Hash { get; set; }
    public DateTime At { get; set; }
    /// <summary>When its records were deleted because their time was over; the seal stays. See <see cref="ForgetAudit"/>.</summary>
    public DateTime? ForgottenAt { get; set; }
}

/// <summary>Writes the audit log. A read is recorded and committed before the response is sent.</summary>
public sealed class Audit(SiteDb db, IHttpContextAccessor http, TimeProvider time)
{
    /// <summary>
    /// Records that staff see personal data of these members, and commits it before the response starts. Call it whenever it is loaded to
    /// be shown, also for a POST: a rejected form shows the whole record as well; an accepted one redirects, and then nothing is recorded,
    /// because nothing was shown.
    /// </summary>
    public async Task Read(
        string action,
        IReadOnlyCollection<long> members,
        string fields,
        string purpose = "",
        CancellationToken ct = default
    )
    {
        if (members.Count == 0)
            return;
        if (http.HttpContext is { } context && HttpMethods.IsPost(context.Request.Method))
        {
            ShownMembers.Of(context).Later(Record(context, time, action, members, fields, purpose), members);
            return;
        }
        Add(action, members, fields, purpose);
        await db.SaveChangesAsync(ct);
        if (http.HttpContext is { } shown)
            ShownMembers.Of(shown).Recorded(members);
    }

    /// <summary>The same for a file, which is always sent: committed before this returns, whatever the request is.</summary>
    public async Task ReadNow(
        string action,
        IReadOnlyCollection<long> members,
        string fields,
        string purpose = "",
        CancellationToken ct = default
    )
    {
        if (members.Count == 0) return;
        Add(action, members, fields, purpose);
        await db.SaveChangesAsync(ct);
        if (http.HttpContext is { } shown) ShownMembers.Of(shown).Recorded(members);
    }

    /// <summary>
    /// Notes that this member's address is rendered. Called by the component that shows addresses, so that it is recorded even if the page
    /// forgot to.
    /// </summary>
    public void Shows(long member)
    {
        if (http.HttpContext is { } context)
            ShownMembers.Of(context).Rendered(member);
    }

    /// <summary>
    /// Records that the log itself was read, and commits it before the response starts. The member it was filtered by is included: given
    /// only an id, the page shows the member's name.
    /// </summary>
    public async Task ReadLog(long? member, CancellationToken ct = default)
    {
        Add("audit.read", member is { } id ? [id] : [], member is null ? "" : "name", "");
        await db.SaveChangesAsync(ct);
    }

    /// <summary>Records a change, in the transaction of the next save.</summary>
    public void Changed(string action, long member, string fields, string purpose = "", IReadOnlyCollection<AuditChange>? changes = null) =>
        Add(action, [member], fields, purpose, changes);

    /// <summary>Records an action that does not concern a member's data, in the transaction of the next save.</summary>
    public void Did(string action, string purpose = "", IReadOnlyCollection<AuditChange>? changes = null) =>
        Add(action, [], "", purpose, changes);

    /// <summary>
    /// Records an act on the data of these members, in the transaction of the next save: one record, however many they are.
    /// </summary>
    public void Did(string action, IReadOnlyCollection<long> members, string fields, string purpose) =>
        Add(action, members, fields, purpose);

    /// <summary>
    /// Records the result of work in the background that a member began, in the transaction of the next save: one record, whatever the
    /// number of members that it changed.
    /// </summary>
    /// <param name="actor">Who began it.</param>
    /// <param name="action">Module and act.</param>
    /// <param name="count">How many members it changed.</param>
    /// <param name="purpose">Where the members are listed.</param>
    public void DidInWork(long? actor, string action, int count, string purpose)
    {
        var record = Record(null, time, action, [], "", purpose);
        (record.ActorId, record.Count) = (actor, count);
        db.Audit.Add(record);
    }

    /// <summary>The acting member; null for a command or background work.</summary>
    public long? Actor => ActorOf(http.HttpContext);

    /// <summary>More members than a page shows are recorded as a set.</summary>
    const int MaxListed = 200;

    internal static long? ActorOf(HttpContext? context) => Reader.Of(context).Id;

    void Add(
        string action,
        IReadOnlyCollection<long> members,
        string fields,
        string purpose,
        IReadOnlyCollection<AuditChange>? changes = null
    ) => db.Audit.Add(Record(http.HttpContext, time, action, members, fields, purpose, changes));

    internal static AuditRecord Record(
        HttpContext? context,
        TimeProvider time,
        string action,
        IReadOnlyCollection<long> members,
        string fields,
        string purpose,
        IReadOnlyCollection<AuditChange>? changes = null
    ) =>
        new()
        {
            At = time.GetUtcNow().UtcDateTime,
            ActorId = ActorOf(context),
            Action = action,
            Fields = fields,
            Purpose = purpose,
            Count = members.Count,
            SubjectId = members.Count == 1 ? members.First() : null,
            Ids = members.Count is > 1 and <= MaxListed ? JsonSerializer.Serialize(members) : null,
            IdSet = members.Count > MaxListed ? IdSet.Write(members) : null,
            Network = context is null ? null : NetworkAddress.Of(context.Connection.RemoteIpAddress),
            Changes = changes is { Count: > 0 } ? JsonSerializer.Serialize(changes) : null,
        };
}
