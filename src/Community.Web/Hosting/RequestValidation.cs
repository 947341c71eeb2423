using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using Community.Kernel;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.Extensions.Primitives;

namespace Community.Web.Hosting;

/// <summary>
/// Rejects unreadable requests early: a body that claims to be a form and is not, a NUL (PostgreSQL cannot store it in text),
/// a word where the page's URL has a number. Further in, each would count as our own failure. Noncharacters
/// (see <see cref="Characters"/>) are removed from the input: nobody can see them.
/// </summary>
sealed class RequestValidation(RequestDelegate next)
{
    static readonly ConcurrentDictionary<Type, IReadOnlyList<(string Name, Func<string?, bool> Fits)>> parameters = new();

    public async Task Invoke(HttpContext http)
    {
        if (!HasReadableAddress(http)) http.Response.StatusCode = StatusCodes.Status404NotFound;
        else if (!HttpMethods.IsGet(http.Request.Method) && await WrongOfForm(http) is { } status) http.Response.StatusCode = status;
        else
        {
            if (http.Request.Query.Any(q => !Characters.IsLegible(q.Key) || !q.Value.All(IsLegible)))
                http.Request.QueryString = Legible(http.Request.Query);
            await next(http);
        }
    }

    static bool HasReadableAddress(HttpContext http)
    {
        // Kestrel rejects a NUL in the path. None of our URLs contains noncharacters.
        if (!Characters.IsLegible(http.Request.Path.Value ?? "")) return false;
        if (http.Request.QueryString.Value?.Contains("%00") == true) return false;
        var page = http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type;
        return page is null
            || parameters
                .GetOrAdd(page, ParametersOf)
                .All(p => !http.Request.Query.TryGetValue(p.Name, out var values) || values.All(p.Fits));
    }

    /// <summary>The status for a form that cannot be read; null if there is no form or it is readable.</summary>
    static async Task<int?> WrongOfForm(HttpContext http)
    {
        // The framework reads whatever is sent to a page as a form.
        if (!http.Request.HasFormContentType)
            return http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is null ? null : StatusCodes.Status400BadRequest;
        try
        {
            var form = await http.Request.ReadFormAsync(http.RequestAborted);
            if (form.Any(f => HasNul(f.Key) || f.Value.Any(HasNul)) || form.Files.Any(f => HasNul(f.FileName)))
                return StatusCodes.Status400BadRequest;
            if (form.Any(f => !Characters.IsLegible(f.Key) || !f.Value.All(IsLegible)))
                http.Request.Form = Legible(form);
            return null;
        }
        // Truncated, or longer than declared.
        catch (BadHttpRequestException error) { return error.StatusCode; }
        // A missing boundary, a truncated escape, a character set that no browser sends.
        catch (Exception error)
            when (!Failures.IsPassing(error)
                && (
                    error is InvalidDataException or NotSupportedException or ArgumentException or FormatException
                    || (error is IOException && !http.RequestAborted.IsCancellationRequested)
                )
            )
        {
            return StatusCodes.Status400BadRequest;
        }
    }

    static FormCollection Legible(IFormCollection form) =>
        new(
            form.GroupBy(f => Characters.Legible(f.Key), StringComparer.OrdinalIgnoreCase)
                .ToDictionary(
                    g => g.Key,
                    g => new StringValues([.. g.SelectMany(f => f.Value).Select(v => Characters.Legible(v ?? ""))]),
                    StringComparer.OrdinalIgnoreCase
                ),
            form.Files
        );

    static QueryString Legible(IQueryCollection query) =>
        QueryString.Create(
            query.SelectMany(q => q.Value.Select(v => KeyValuePair.Create(Characters.Legible(q.Key), (string?)Characters.Legible(v ?? ""))))
        );

    static bool IsLegible(string? text) => text is null || Characters.IsLegible(text);

    static bool HasNul(string? text) => text?.Contains('\0') == true;

    /// <summary>The page's query parameters that are not strings, and how the framework parses them.</summary>
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
