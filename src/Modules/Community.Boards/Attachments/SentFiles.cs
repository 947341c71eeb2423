using System.Security.Cryptography;
using System.Text;
using Community.Kernel;
using Community.Ui;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Localization;

namespace Community.Boards;

/// <summary>
/// Takes the files that were sent with a form that writes a post: each is kept, and the text refers to it at its end, where the writer may
/// move it. What is refused is named beside the field; text and other files stay.
/// </summary>
public sealed class SentFiles(AttachFiles attach, IStringLocalizer texts)
{
    /// <summary>The name of the form's field.</summary>
    public const string Field = "files";

    /// <summary>Files taken of one form.</summary>
    public const int MaxAtOnce = 20;

    /// <summary>The largest form that is read.</summary>
    public const int MaxFormBytes = 100 * 1024 * 1024;

    public async Task Take(HttpContext http, Reader writer, PostInput input, Problems problems)
    {
        if (!http.Request.HasFormContentType) return;
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        // A field without files is sent as one without a name.
        var sent = form.Files.GetFiles(Field).Where(f => f.FileName.Length > 0).ToList();
        if (sent.Count > MaxAtOnce) problems.Add(Field, texts["boards.files.refused.many", MaxAtOnce]);
        foreach (var (i, file) in sent.Take(MaxAtOnce).Index())
        {
            var name = FileName.OfForm(file.FileName);
            try
            {
                await using var content = file.OpenReadStream();
                var key = await KeyOf(content, $"{http.Request.Path}|{form["key"]}|{i}|{name}");
                content.Position = 0;
                input.Append((await attach.Upload(writer, content, name, key, default)).Markdown);
            }
            catch (FileRefused error)
            {
                problems.Add(Field, texts["boards.files.refused", name, texts[error.Text, error.Arguments].Value]);
            }
        }
    }

    // The same file sent again by the same form is the same attachment, so that the text is the same too.
    static async Task<Guid> KeyOf(Stream content, string form)
    {
        var hash = await SHA256.HashDataAsync(content);
        return new Guid(SHA256.HashData([.. hash, .. Encoding.UTF8.GetBytes(form)]).AsSpan(0, 16));
    }
}
