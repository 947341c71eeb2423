using RabbitMQ.Client;

namespace Community.Bulk;

/// <summary>Where the broker is, and how long anything asked of it may take.</summary>
/// <remarks>The client's own recovery is off: its publishes may hang for ever after a restart of the broker
/// (rabbitmq/rabbitmq-dotnet-client#1930). Every await has a limit of ours; after it the connection is thrown away.</remarks>
public sealed record Broker(Uri Address)
{
    /// <summary>For each answer of the broker.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>After a failure.</summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromSeconds(1);

    public async Task<IConnection> Connect(string name, CancellationToken ct)
    {
        var factory = new ConnectionFactory
        {
            Uri = Address,
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            ClientProvidedName = name,
            RequestedHeartbeat = TimeSpan.FromSeconds(10),
            RequestedConnectionTimeout = Limit,
            ContinuationTimeout = Limit,
        };
        return await factory.CreateConnectionAsync(ct).WaitAsync(Limit, ct);
    }

    /// <summary>Lets go of a connection, whatever state it is in, without waiting for it.</summary>
    public static void Drop(IConnection? connection)
    {
        if (connection is null) return;
        _ = Task.Run(async () =>
        {
            try { await connection.AbortAsync(); }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                // It is gone; that is what was wanted.
            }
            connection.Dispose();
        });
    }
}
