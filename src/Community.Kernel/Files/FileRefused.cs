namespace Community.Kernel;

/// <summary>A rejected file; <see cref="Text"/> with <see cref="Arguments"/> says why and what to do.</summary>
public sealed class FileRefused(string text, params object[] arguments) : Exception(text)
{
    public string Text => Message;
    public object[] Arguments => arguments;
}
