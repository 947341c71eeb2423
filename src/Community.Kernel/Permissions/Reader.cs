using Microsoft.AspNetCore.Http;

namespace Community.Kernel;

/// <summary>
/// Somebody who reads and acts: a visitor, or a member with groups and permissions, as the database had them at one moment.
/// </summary>
/// <param name="Id">The member's; null for a visitor.</param>
/// <param name="Name">Empty for a visitor.</param>
/// <param name="Handle">The random part of the address of the member's profile.</param>
/// <param name="Groups">Ids of the groups that the member is in.</param>
/// <param name="Permissions">Names of what the member may do.</param>
public sealed record Reader(long? Id, string Name, string Handle, IReadOnlySet<long> Groups, IReadOnlySet<string> Permissions)
{
    public static readonly Reader Visitor = new(null, "", "", new HashSet<long>(), new HashSet<string>());

    /// <summary>Who makes this request, as the database had them when it began.</summary>
    public static Reader Of(HttpContext? http) => http?.Items[typeof(Reader)] as Reader ?? Visitor;

    /// <summary>Set once a request, by who authenticates it.</summary>
    public static void Set(HttpContext http, Reader reader) => http.Items[typeof(Reader)] = reader;

    public bool IsMember => Id is not null;

    public bool May(string permission) => Permissions.Contains(permission);

    /// <summary>Whether a row with this author, owner or recipient is the reader's own. Nobody's rows are nobody's own.</summary>
    public bool Is(long? member) => member is not null && member == Id;
}
