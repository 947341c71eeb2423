using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace Community.Kernel;

/// <summary>Who did what to whose data. Append only; holds ids, never what identifies a person.</summary>
public sealed class AuditRecord
{
    public long Id { get; set; }
    public DateTime At { get; set; }

    /// <summary>The member who acted; null for the system itself.</summary>
    public long? ActorId { get; set; }

    /// <summary>Module and act: <c>members.search</c>.</summary>
    public required string Action { get; set; }

    /// <summary>The one member it was about, if it was one.</summary>
    public long? SubjectId { get; set; }

    /// <summary>How many members' data were shown or changed.</summary>
    public int Count { get; set; }

    /// <summary>Ids shown, as a JSON array, where there were several.</summary>
    public string? Ids { get; set; }

    /// <summary>Names of the fields read or changed, separated by spaces.</summary>
    public string Fields { get; set; } = "";

    /// <summary>What it was for, in the staff member's or the page's words; never a search term that names a person.</summary>
    public string Purpose { get; set; } = "";

    /// <summary>
    /// What became of what, as JSON; see <see cref="AuditChange"/>. Where it is null it is no part of the seal: records from before it was
    /// kept fit theirs.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Changes { get; set; }

    /// <summary>The changes, read; empty for none.</summary>
    public IReadOnlyList<AuditChange> ReadChanges() => Changes is null ? [] : JsonSerializer.Deserialize<List<AuditChange>>(Changes)!;
}

/// <summary>One field that an act changed. Of personal data (a name, an address, a text) it says that, and not from what to what.</summary>
/// <param name="Field">Its text is <c>field.…</c>.</param>
/// <param name="From">The value before; null for none, or where values are not kept. A key of a text stands for its words.</param>
/// <param name="To">The value after.</param>
public sealed record AuditChange(string Field, string? From = null, string? To = null)
{
    /// <summary>Those that are changes.</summary>
    public static List<AuditChange> Of(params IEnumerable<AuditChange?> fields) => [.. fields.OfType<AuditChange>()];

    /// <summary>Null if it stayed as it was.</summary>
    public static AuditChange? Value(string field, string? from, string? to) => from == to ? null : new(field, from, to);

    /// <summary>The same for long or personal words: that they changed, and not from what to what.</summary>
    public static AuditChange? Words(string field, string? from, string? to) => from == to ? null : new(field);
}

/// <summary>Chains a run of audit records: a changed or missing record no longer fits its seal.</summary>
public sealed class AuditSeal
{
    public long Id { get; set; }
    public long FirstId { get; set; }
    public long LastId { get; set; }
    public required string Hash { get; set; }
    public DateTime At { get; set; }
}

/// <summary>Writes the audit log. A read is recorded and committed before its answer leaves.</summary>
public sealed class Audit(SiteDb db, IHttpContextAccessor http, TimeProvider time)
{
    /// <summary>
    /// Records that staff see personal data of these members, and commits it before the answer leaves. Call it whenever they are loaded to
    /// be shown, whatever was sent: a form that is refused shows the whole record as well; one that is taken leads on, and then nothing was
    /// shown.
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

    /// <summary>
    /// This member's address is rendered. Said by the component that shows addresses: what its page forgot to record is recorded all the
    /// same.
    /// </summary>
    public void Shows(long member)
    {
        if (http.HttpContext is { } context)
            ShownMembers.Of(context).Rendered(member);
    }

    /// <summary>
    /// Records that the log itself was read, and commits it before the answer leaves. Of whom it was asked is on record as well: a number
    /// alone has the member's name shown.
    /// </summary>
    public async Task ReadLog(long? member, CancellationToken ct = default)
    {
        Add("audit.read", member is { } id ? [id] : [], member is null ? "" : "name", "");
        await db.SaveChangesAsync(ct);
    }

    /// <summary>Records a change, in the transaction of the next save.</summary>
    public void Changed(string action, long member, string fields, string purpose = "", IReadOnlyCollection<AuditChange>? changes = null) =>
        Add(action, [member], fields, purpose, changes);

    /// <summary>Records an act that is about no member's data, in the transaction of the next save.</summary>
    public void Did(string action, string purpose = "", IReadOnlyCollection<AuditChange>? changes = null) =>
        Add(action, [], "", purpose, changes);

    /// <summary>Who acts; null for a command or work in the background.</summary>
    public long? Actor => ActorOf(http.HttpContext);

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
            Ids = members.Count > 1 ? JsonSerializer.Serialize(members) : null,
            Changes = changes is { Count: > 0 } ? JsonSerializer.Serialize(changes) : null,
        };
}
