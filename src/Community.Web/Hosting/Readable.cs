using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Endpoints;

namespace Community.Web.Hosting;

/// <summary>
/// Turns back at the door what nobody can read: a body that says it is a form and is none, a NUL (PostgreSQL keeps it in no text),
/// a word where the page's address has a number. Behind it each would be called a failure of ours.
/// </summary>
sealed class Readable(RequestDelegate next)
{
    static readonly ConcurrentDictionary<Type, IReadOnlyList<(string Name, Func<string?, bool> Fits)>> parameters = new();

    public async Task Invoke(HttpContext http)
    {
        if (!HasReadableAddress(http)) http.Response.StatusCode = StatusCodes.Status404NotFound;
        else if (!HttpMethods.IsGet(http.Request.Method) && !await HasReadableForm(http)) http.Response.StatusCode = StatusCodes.Status400BadRequest;
        else await next(http);
    }

    static bool HasReadableAddress(HttpContext http)
    {
        // Kestrel refuses a NUL in the path.
        if (http.Request.QueryString.Value?.Contains("%00") == true) return false;
        var page = http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type;
        return page is null || parameters.GetOrAdd(page, ParametersOf).All(p => !http.Request.Query.TryGetValue(p.Name, out var values) || values.All(p.Fits));
    }

    static async Task<bool> HasReadableForm(HttpContext http)
    {
        if (!http.Request.HasFormContentType) return true;
        try
        {
            var form = await http.Request.ReadFormAsync(http.RequestAborted);
            return form.All(f => !HasNul(f.Key) && !f.Value.Any(HasNul)) && form.Files.All(f => !HasNul(f.FileName));
        }
        // A part without its boundary, a cut escape, a character set that no browser sends.
        catch (Exception error) when (error is InvalidDataException or NotSupportedException or ArgumentException or FormatException
            || (error is IOException and not BadHttpRequestException && !http.RequestAborted.IsCancellationRequested)) { return false; }
    }

    static bool HasNul(string? text) => text?.Contains('\0') == true;

    /// <summary>The page's query parameters that are no text, and how the framework reads them.</summary>
    static IReadOnlyList<(string, Func<string?, bool>)> ParametersOf(Type page) =>
        [.. from property in page.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            let query = property.GetCustomAttribute<SupplyParameterFromQueryAttribute>()
            where query is not null && FitOf(property.PropertyType) is not null
            select (query.Name ?? property.Name, FitOf(property.PropertyType)!)];

    static Func<string?, bool>? FitOf(Type type) =>
        type == typeof(int) ? v => int.TryParse(v, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)
        : type == typeof(long) ? v => long.TryParse(v, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)
        : type == typeof(bool) ? v => bool.TryParse(v, out _)
        : Nullable.GetUnderlyingType(type) is { } inner && FitOf(inner) is { } fits ? v => string.IsNullOrEmpty(v) || fits(v)
        : type == typeof(string) ? null
        : throw new NotSupportedException($"Query parameters of type {type} are not known here.");
}
