namespace Community.Kernel;

/// <summary>A request feature that marks a HEAD, which pages answer like GET: nobody sees the content.</summary>
public sealed class HeadRequest
{
    public static readonly HeadRequest Value = new();
}
