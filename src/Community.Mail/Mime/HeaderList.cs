using System.Collections;

namespace Community.Mail.Mime;

/// <summary>The headers of a message or part, in order. Names are compared without regard to case.</summary>
public sealed class HeaderList : IReadOnlyList<Header>
{
    private readonly List<Header> _headers = [];
    private readonly Func<string, bool> _reserved;

    internal HeaderList(Func<string, bool> reserved) => _reserved = reserved;

    public int Count => _headers.Count;

    public Header this[int index] => _headers[index];

    /// <summary>
    /// The value of the first header of that name, or null. Setting replaces every header of that name; null removes them.
    /// </summary>
    /// <exception cref="ArgumentException">As for <see cref="Add(string, string)"/>.</exception>
    public string? this[string field]
    {
        get => Find(field)?.Value;
        set
        {
            if (value is null) Remove(field);
            else Replace(field, value);
        }
    }

    public bool Contains(string field) => Find(field) is not null;

    /// <exception cref="ArgumentException">Name or value is refused (see <see cref="Header"/>), the name belongs to a
    /// property of the message (From, Content-Type, …), or the header may stand only once (RFC 5322 §3.6).</exception>
    public void Add(string field, string value) => Add(new Header(field, value));

    /// <inheritdoc cref="Add(string, string)"/>
    public void Add(Header header)
    {
        Refuse(header.Field);
        if (HeaderRules.StandsOnce(header.Field) && Contains(header.Field))
            throw new ArgumentException($"{header.Field} may stand only once (RFC 5322 §3.6).", nameof(header));
        _headers.Add(header);
    }

    /// <summary>Puts the value in the place of the first header of that name and removes the others.</summary>
    public void Replace(string field, string value)
    {
        var header = new Header(field, value);
        Refuse(field);
        Set(header);
    }

    public bool Remove(string field)
    {
        Refuse(field);
        return RemoveAll(field) > 0;
    }

    internal Header? Find(string field) => _headers.Find(h => h.Field.Equals(field, StringComparison.OrdinalIgnoreCase));

    internal int RemoveAll(string field) => _headers.RemoveAll(h => h.Field.Equals(field, StringComparison.OrdinalIgnoreCase));

    internal void AddFromWire(Header header) => _headers.Add(header);

    internal void Set(Header header)
    {
        var index = _headers.FindIndex(h => h.Field.Equals(header.Field, StringComparison.OrdinalIgnoreCase));
        RemoveAll(header.Field);
        _headers.Insert(index < 0 ? _headers.Count : index, header);
    }

    private void Refuse(string field)
    {
        if (_reserved(field)) throw new ArgumentException($"{field} is set through its property.", nameof(field));
    }

    public IEnumerator<Header> GetEnumerator() => _headers.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
