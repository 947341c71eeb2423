using System.Net.Sockets;
using System.Security.Authentication;
using Community.Bulk;
using Community.Kernel;
using Community.Sites;
using Microsoft.AspNetCore.Connections;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Community.Web;

/// <summary>
/// Explains to the person who installs the host why it cannot start: what is wrong and which setting to check, without a stack trace.
/// </summary>
static class StartProblem
{
    /// <returns>Null for a bug in the program, for which the stack trace is wanted.</returns>
    public static string? Explain(Exception error, IConfiguration configuration)
    {
        var options = configuration.GetSection("Community").Get<CommunityOptions>() ?? new();
        var data = Path.GetFullPath(options.Data);
        return Causes(error)
            .Select(cause =>
                cause switch
                {
                    NpgsqlException when Server(options) is var server =>
                        $"The database cannot be used: {cause.Message}{Inner(cause)}\nCommunity:Database (or --database) leads to {server}. Is PostgreSQL running there, and may this user create databases?",
                    SqliteException { SqliteErrorCode: 8 or 10 or 13 or 14 or 26 } =>
                        $"The catalogue {Path.Combine(data, "catalogue.db")} cannot be used: {cause.Message}\nCommunity:Data (or --data) must be a folder that this user may write to, on a disk that is not full.",
                    UnauthorizedAccessException or DirectoryNotFoundException =>
                        $"The data folder {data} cannot be used: {cause.Message}\nCommunity:Data (or --data) must be a folder that this user may write to.",
                    AddressInUseException => $"{cause.Message} Choose another address with --urls (or --port).",
                    SettingException or SchemaException or SiteException or FileNotFoundException => cause.Message,
                    OptionsValidationException or FormatException => $"A setting cannot be read: {cause.Message}",
                    IOException when error is not AggregateException => cause.InnerException is AddressInUseException or SocketException
                        ? $"{cause.Message} Choose another address with --urls (or --port)."
                        : $"The data folder {data} cannot be used: {cause.Message}\nCommunity:Data (or --data) must be a folder that this user may write to.",
                    _ => null,
                }
            )
            .FirstOrDefault(text => text is not null);
    }

    static IEnumerable<Exception> Causes(Exception error)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException) yield return cause;
    }

    /// <returns>What to warn of at the start: members' data on their way to another machine without TLS; null if they are not.</returns>
    public static string? Warning(CommunityOptions options)
    {
        if (!options.UsesPostgreSql) return null;
        var connection = new NpgsqlConnectionStringBuilder(options.Database);
        var other = (connection.Host ?? "").Split(',').FirstOrDefault(h => !h.StartsWith('/') && !PeerCertificates.IsThisMachine(h));
        return other is null || connection.SslMode is SslMode.VerifyFull
            ? null
            : $"The database on {other} is asked without proof that it is it, and perhaps without encryption: "
                + "SSL Mode=VerifyFull;Root Certificate=FILE in Community:Database, see docs/operating.md, Certificates.";
    }

    static string Inner(Exception error) =>
        error.InnerException switch
        {
            SocketException socket => $" ({socket.Message})",
            AuthenticationException refused =>
                $" ({refused.Message} Is the certificate of the server signed by the authority in Root Certificate,"
                    + " for this host name, and has it not expired?)",
            _ => "",
        };

    // Never includes the password.
    static string Server(CommunityOptions options)
    {
        var connection = new NpgsqlConnectionStringBuilder(options.Database);
        return $"{connection.Host}:{connection.Port}, database {connection.Database}, user {connection.Username}";
    }
}
