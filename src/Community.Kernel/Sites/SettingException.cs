namespace Community.Kernel;

/// <summary>A setting is missing or cannot be used; the message says which and how to go on, in words for whoever installs it.</summary>
public sealed class SettingException(string message) : Exception(message);
