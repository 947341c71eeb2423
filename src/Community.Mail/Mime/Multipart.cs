using System.Collections;
using System.Security.Cryptography;
using System.Text;

namespace Community.Mail.Mime;

/// <summary>Several parts in a row (RFC 2046 §5.1): mixed, alternative, related, report, ….</summary>
public class Multipart : MimeEntity, IReadOnlyList<MimeEntity>
{
    private readonly List<MimeEntity> _parts = [];

    public Multipart(string subtype = "mixed") : base(new ContentType("multipart", subtype)) { }

    internal Multipart(ContentType contentType) : base(contentType) { }

    public int Count => _parts.Count;

    public MimeEntity this[int index] => _parts[index];

    public void Add(MimeEntity part) => _parts.Add(part);

    internal override RenderedEntity Render()
    {
        var rendered = _parts.ConvertAll(p => p.Render());
        var boundary = Boundary(rendered);
        var body = new MemoryStream();
        foreach (var (headers, content) in rendered)
        {
            body.Write(Encoding.ASCII.GetBytes($"--{boundary}\r\n{headers}\r\n"));
            body.Write(content);
            body.Write("\r\n"u8);
        }
        body.Write(Encoding.ASCII.GetBytes($"--{boundary}--\r\n"));
        return new(RenderHeaders(WriteType, null), body.ToArray());

        void WriteType(HeaderFolder folder)
        {
            var copy = new ParameterList();
            foreach (var (name, value) in ContentType.Parameters) copy[name] = value;
            copy["boundary"] = boundary;
            copy.Write(folder, ContentType.MimeType);
        }
    }

    // From the content, so that the same message gives the same bytes; then proven absent, so that no part can end early.
    private static string Boundary(List<RenderedEntity> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            hash.AppendData(Encoding.ASCII.GetBytes(part.Headers));
            hash.AppendData(part.Body);
        }
        while (true)
        {
            var boundary = "=_" + Convert.ToHexStringLower(hash.GetCurrentHash())[..32];
            var bytes = Encoding.ASCII.GetBytes(boundary);
            if (parts.TrueForAll(p => !p.Headers.Contains(boundary, StringComparison.Ordinal) && p.Body.AsSpan().IndexOf(bytes) < 0))
                return boundary;
            hash.AppendData(bytes);
        }
    }

    public IEnumerator<MimeEntity> GetEnumerator() => _parts.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
