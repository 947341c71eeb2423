namespace Community.Kernel;

/// <summary>
/// A database was made by a version of Community whose data this program cannot upgrade. Nothing was changed. The message says which
/// version made it and what to do, for the person who runs the server.
/// </summary>
public sealed class SchemaException(string message) : Exception(message);
