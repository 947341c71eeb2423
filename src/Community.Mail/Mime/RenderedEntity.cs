namespace Community.Mail.Mime;

/// <summary>A part ready for the wire: header lines, each with CRLF, and a body.</summary>
internal readonly record struct RenderedEntity(string Headers, byte[] Body);
