namespace Community.Kernel;

/// <summary>On a number of a settings record that may be left out: what stands for none. Its field is empty then.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NoneAttribute(int value) : Attribute
{
    /// <summary>Outside the range of the number.</summary>
    public int Value { get; } = value;
}
