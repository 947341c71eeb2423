using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Community.Mailing;

/// <summary>
/// Recognises a copy of the database: a restored backup or a server for trials would send to everybody once more. The catalogue keeps from
/// which machine, and from which place of the database, a server last sent; elsewhere it sends nothing until it is told to.
/// </summary>
static class Machine
{
    /// <summary>This machine and the place of its database: 16 hexadecimal digits.</summary>
    public static string Here(CommunityOptions options)
    {
        // Containers often have none: there, the place alone tells.
        var id = File.Exists("/etc/machine-id") ? File.ReadAllText("/etc/machine-id").Trim() : "";
        return Of(id, options.UsesPostgreSql ? Place(options.Database) : Path.GetFullPath(options.Data));
    }

    internal static string Of(string machine, string place) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(machine + "\n" + place)).AsSpan(0, 8));

    // A changed password or pool size is no other place.
    static string Place(string database)
    {
        var connection = new NpgsqlConnectionStringBuilder(database);
        return $"{connection.Host}:{connection.Port}/{connection.Database}";
    }

    /// <summary>Whether the server may send from here.</summary>
    /// <param name="databases">With the catalogue.</param>
    /// <param name="server">Its name.</param>
    /// <param name="here">See <see cref="Here"/>.</param>
    /// <param name="allowed">The one that the operator allows, beside the one that is known.</param>
    /// <param name="ct">Cancels it.</param>
    public static async Task<bool> MaySend(Databases databases, string server, string here, string allowed, CancellationToken ct)
    {
        await using var db = databases.OpenCatalogue();
        var known = await db.MailServers.Where(s => s.Name == server).Select(s => s.Machine).FirstOrDefaultAsync(ct);
        return known is null || known == here || string.Equals(allowed, here, StringComparison.OrdinalIgnoreCase);
    }
}
