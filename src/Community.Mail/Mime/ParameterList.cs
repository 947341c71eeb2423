using System.Collections;

namespace Community.Mail.Mime;

/// <summary>The parameters of Content-Type or Content-Disposition, decoded (RFC 2045 §5.1, RFC 2231).</summary>
public sealed class ParameterList : IEnumerable<KeyValuePair<string, string>>
{
    private readonly List<KeyValuePair<string, string>> _list = [];

    /// <summary>The value or null; setting null removes.</summary>
    /// <exception cref="ArgumentException">The value holds a control or a lone surrogate, or the name is no token.</exception>
    public string? this[string name]
    {
        get => _list.Find(p => p.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
        set
        {
            if (name.Length is 0 or > 40 || !name.All(ContentType.IsToken))
                throw new ArgumentException("A parameter's name is a token (RFC 2045 §5.1).", nameof(name));
            HeaderRules.CheckText(value ?? "");
            _list.RemoveAll(p => p.Key.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (value is not null) _list.Add(new(name, value));
        }
    }

    internal void Write(HeaderFolder folder, string head)
    {
        var parts = new List<string> { head };
        foreach (var (name, value) in _list) parts.AddRange(ParameterWriter.Write(name, value));
        for (var i = 0; i < parts.Count; i++) folder.Token(parts[i] + (i + 1 < parts.Count ? ";" : ""));
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _list.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
