using System.Xml;
using Community.Boards;
using Community.Kernel;

namespace Community.Notifications;

/// <summary>A post of a feed.</summary>
sealed record FeedEntry(long TopicId, int Number, string BoardKey, string Title, string? Html, string Text, DateTime At, DateTime? EditedAt,
    string? Author)
{
    public string Url => $"{Topic.UrlOf(BoardKey, TopicId)}/posts/{Number}";
    public string Body => Html ?? Markup.ToHtml(Text);
}

/// <summary>Writes Atom (RFC 4287).</summary>
/// <param name="title">The feed's title.</param>
/// <param name="of">What it is of, from the root: stays when a title changes.</param>
/// <param name="page">The page that it is of, from the root.</param>
/// <param name="root">The site's address, with a trailing slash: links in posts are relative to it.</param>
/// <param name="self">The feed's own address.</param>
/// <param name="gone">The name of an author who is no member any more.</param>
sealed class AtomFeed(string title, string of, string page, string root, string self, string gone)
{
    const string Namespace = "http://www.w3.org/2005/Atom";

    public byte[] Write(IReadOnlyList<FeedEntry> entries)
    {
        using var bytes = new MemoryStream();
        using (var xml = XmlWriter.Create(bytes, new XmlWriterSettings { Encoding = new System.Text.UTF8Encoding(false) }))
        {
            xml.WriteStartElement("feed", Namespace);
            xml.WriteAttributeString("xml", "base", null, root);
            Text(xml, "title", title);
            Text(xml, "id", root.TrimEnd('/') + of);
            // Of an empty feed, the beginning of time: it has never changed.
            Text(xml, "updated", Time(entries.Count == 0 ? DateTime.UnixEpoch : entries.Max(e => e.EditedAt ?? e.At)));
            Link(xml, "alternate", root.TrimEnd('/') + page);
            Link(xml, "self", self);
            foreach (var entry in entries) Write(xml, entry);
            xml.WriteEndElement();
        }
        return bytes.ToArray();
    }

    void Write(XmlWriter xml, FeedEntry entry)
    {
        xml.WriteStartElement("entry", Namespace);
        // Without the board, which changes when a topic is moved.
        Text(xml, "id", $"{root}topics/{entry.TopicId}/{entry.Number}");
        Text(xml, "title", entry.Title);
        Text(xml, "published", Time(entry.At));
        Text(xml, "updated", Time(entry.EditedAt ?? entry.At));
        Link(xml, "alternate", root.TrimEnd('/') + entry.Url);
        xml.WriteStartElement("author", Namespace);
        Text(xml, "name", entry.Author ?? gone);
        xml.WriteEndElement();
        xml.WriteStartElement("content", Namespace);
        xml.WriteAttributeString("type", "html");
        xml.WriteString(Allowed(entry.Body));
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    static void Text(XmlWriter xml, string element, string text) => xml.WriteElementString(element, Namespace, Allowed(text));

    static void Link(XmlWriter xml, string relation, string url)
    {
        xml.WriteStartElement("link", Namespace);
        xml.WriteAttributeString("rel", relation);
        xml.WriteAttributeString("href", url);
        xml.WriteEndElement();
    }

    static string Time(DateTime utc) => XmlConvert.ToString(DateTime.SpecifyKind(utc, DateTimeKind.Utc), XmlDateTimeSerializationMode.Utc);

    // XML 1.0 knows no other characters, not even as references.
    static string Allowed(string text)
    {
        var kept = new System.Text.StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
            if (XmlConvert.IsXmlChar(text[i])) kept.Append(text[i]);
            else if (i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i])) kept.Append(text[i]).Append(text[++i]);
        return kept.ToString();
    }
}
