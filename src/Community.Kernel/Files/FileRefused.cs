namespace Community.Kernel;

/// <summary>A file that is not taken; <see cref="Text"/> with <see cref="Arguments"/> says why and how to go on.</summary>
public sealed class FileRefused(string text, params object[] arguments) : Exception(text)
{
    public string Text => Message;
    public object[] Arguments => arguments;
}
