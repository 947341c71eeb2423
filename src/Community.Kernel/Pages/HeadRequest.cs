namespace Community.Kernel;

/// <summary>Stands among a request's features if it was a HEAD, which pages answer as GET: nobody reads what it shows.</summary>
public sealed class HeadRequest
{
    public static readonly HeadRequest Value = new();
}
