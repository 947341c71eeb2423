using System.Data.Common;
using System.Diagnostics;

namespace Community.Benchmarks;

/// <summary>
/// What a process has used since it began: CPU in milliseconds, bytes allocated, resident and managed bytes, and how many methods the
/// just-in-time compiler has made, each time that it made one anew.
/// </summary>
public sealed record ProcessUse(double CpuMs, long Allocated, long Resident, long Managed, long Compiled);

/// <summary>A statement as it was sent, and its parameters.</summary>
/// <param name="Source">The connection string.</param>
/// <param name="Sql">Its text.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="OfRequest">Whether a request sent it before it was answered; else the work in the background did.</param>
public sealed record Statement(string Source, string Sql, List<Parameter> Parameters, bool OfRequest);

/// <param name="Name">With its sign.</param>
/// <param name="Kind">Name of the .NET type; empty for null.</param>
/// <param name="Value">As text.</param>
public sealed record Parameter(string Name, string Kind, string Value)
{
    public static Parameter Of(DbParameter p) =>
        p.Value switch
        {
            null or DBNull => new(p.ParameterName, "", ""),
            byte[] bytes => new(p.ParameterName, "Byte[]", Convert.ToBase64String(bytes)),
            DateTime time => new(p.ParameterName, "DateTime", time.ToString("O")),
            IEnumerable<long> longs => new(p.ParameterName, "Int64[]", string.Join(',', longs)),
            var other => new(
                p.ParameterName,
                other.GetType().Name,
                Convert.ToString(other, System.Globalization.CultureInfo.InvariantCulture)!
            ),
        };

    public object ToValue() => Kind switch
    {
        "" => DBNull.Value,
        "Byte[]" => Convert.FromBase64String(Value),
        "DateTime" => DateTime.Parse(Value, null, System.Globalization.DateTimeStyles.RoundtripKind),
        "Int64[]" => Value.Length == 0 ? Array.Empty<long>() : Value.Split(',').Select(long.Parse).ToArray(),
        "Int32" => int.Parse(Value),
        "Int64" => long.Parse(Value),
        "Boolean" => bool.Parse(Value),
        "Guid" => Guid.Parse(Value),
        "Double" => double.Parse(Value, System.Globalization.CultureInfo.InvariantCulture),
        _ => Value,
    };
}

/// <summary>Listens to EF Core. While nothing is recorded it costs one comparison an event.</summary>
sealed class Recorder : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    const string Executed = "Microsoft.EntityFrameworkCore.Database.Command.CommandExecuted";
    readonly List<Statement> statements = [];
    volatile bool recording;

    /// <summary>A context that is used again notices within EF's LoggingCacheTime, a second, that somebody listens.</summary>
    public void Begin()
    {
        recording = true;
        Thread.Sleep(TimeSpan.FromSeconds(1.1));
        lock (statements) statements.Clear();
    }

    public List<Statement> End()
    {
        recording = false;
        lock (statements) return [.. statements];
    }

    public void OnNext(DiagnosticListener listener)
    {
        if (listener.Name == "Microsoft.EntityFrameworkCore")
            listener.Subscribe(this, (name, _, _) => recording && name == Executed);
    }

    public void OnNext(KeyValuePair<string, object?> e)
    {
        if (!recording || e.Key != Executed) return;
        // By reflection: the hook is loaded before the program's own libraries are.
        var command = (DbCommand)e.Value!.GetType().GetProperty("Command")!.GetValue(e.Value)!;
        lock (statements)
            statements.Add(
                new Statement(
                    command.Connection!.ConnectionString,
                    command.CommandText,
                    [.. command.Parameters.Cast<DbParameter>().Select(Parameter.Of)],
                    IsOfRequest()
                )
            );
    }

    /// <summary>What a request has begun and left running goes on under its activity, which has stopped by then.</summary>
    static bool IsOfRequest()
    {
        for (var activity = Activity.Current; activity is not null; activity = activity.Parent)
            if (activity.OperationName == "Microsoft.AspNetCore.Hosting.HttpRequestIn") return !activity.IsStopped;
        return false;
    }

    public void OnCompleted() { }
    public void OnError(Exception error) { }
}
