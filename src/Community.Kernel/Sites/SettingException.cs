namespace Community.Kernel;

/// <summary>A setting is missing or invalid. The message tells the person who installs the program which one and what to do.</summary>
public sealed class SettingException(string message) : Exception(message);
