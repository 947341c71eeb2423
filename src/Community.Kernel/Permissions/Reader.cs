using Microsoft.AspNetCore.Http;

namespace Community.Kernel;

/// <summary>
/// A user: a visitor, or a member with groups and permissions as they were in the database at one moment.
/// </summary>
/// <param name="Id">The member's id; null for a visitor.</param>
/// <param name="Name">Empty for a visitor.</param>
/// <param name="Handle">The random part of the member's profile URL.</param>
/// <param name="Groups">Ids of the groups that the member is in.</param>
/// <param name="Permissions">Names of the member's permissions.</param>
public sealed record Reader(long? Id, string Name, string Handle, IReadOnlySet<long> Groups, IReadOnlySet<string> Permissions)
{
    // Before the visitor, who has it.
    static readonly IReadOnlySet<PermissionOn> nothing = new HashSet<PermissionOn>();

    public static readonly Reader Visitor = new(null, "", "", new HashSet<long>(), new HashSet<string>());

    /// <summary>The user of this request, as loaded when it began.</summary>
    public static Reader Of(HttpContext? http) => http?.Items[typeof(Reader)] as Reader ?? Visitor;

    /// <summary>Set once per request, by the authentication.</summary>
    public static void Set(HttpContext http, Reader reader) => http.Items[typeof(Reader)] = reader;

    public bool IsMember => Id is not null;

    /// <summary>Permissions for single things.</summary>
    public IReadOnlySet<PermissionOn> Single { get; init; } = nothing;

    /// <summary>
    /// The text key of what keeps the member from writing at present; null if nothing does. They read, and look after their own data, as
    /// before. Whatever takes words of a member to show them to others asks it.
    /// </summary>
    public string? Hindrance { get; init; }

    /// <param name="permission">Its name; with <see cref="Permission.OnSome"/>, having it for a single thing is enough.</param>
    public bool May(string permission)
    {
        var name = Permission.NameOf(permission, out var onSome);
        return Permissions.Contains(name) || (onSome && Single.Any(s => s.Permission == name));
    }

    /// <summary>Whether they have the permission for everything, or for this thing.</summary>
    public bool May(string permission, long thing) => Permissions.Contains(permission) || Single.Contains(new(permission, thing));

    /// <summary>The things for which alone they have the permission.</summary>
    public IReadOnlyList<long> ThingsOf(string permission) => [.. Single.Where(s => s.Permission == permission).Select(s => s.Thing)];

    /// <summary>Whether a row with this author, owner or recipient is the reader's own. A row without one is nobody's.</summary>
    public bool Is(long? member) => member is not null && member == Id;
}
