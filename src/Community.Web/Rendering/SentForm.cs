using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Components.Forms.Mapping;

namespace Community.Web.Rendering;

/// <summary>
/// Fills <c>[SupplyParameterFromForm]</c> from the form that was sent: a field, or an object whose properties are fields
/// (<c>Form.Subject</c>). A value that cannot be parsed is treated as missing: it was not sent by our form.
/// </summary>
public sealed class SentForm : IFormValueMapper
{
    delegate object? Reading(IFormCollection form, string field);

    static readonly Dictionary<Type, Reading> readers = new()
    {
        [typeof(string)] = Text,
        [typeof(bool)] = (form, field) => bool.TryParse(Text(form, field), out var yes) && yes,
        [typeof(int)] = (form, field) => (int?)Number(form, field, int.MinValue, int.MaxValue) ?? 0,
        [typeof(int?)] = (form, field) => (int?)Number(form, field, int.MinValue, int.MaxValue),
        [typeof(long)] = (form, field) => Number(form, field) ?? 0,
        [typeof(long?)] = (form, field) => Number(form, field),
        [typeof(long[])] = (form, field) => Numbers(form, field)?.ToArray(),
        [typeof(List<long>)] = (form, field) => Numbers(form, field)?.ToList(),
        [typeof(Guid)] = (form, field) => Guid.TryParse(Text(form, field), out var id) ? id : Guid.Empty,
        [typeof(Guid?)] = (form, field) => Guid.TryParse(Text(form, field), out var id) ? id : null,
        [typeof(IFormFile)] = (form, field) => form.Files.GetFile(field),
    };

    static readonly ConcurrentDictionary<Type, IReadOnlyList<(PropertyInfo Property, Reading Read)>> objects = new();

    string? name;
    IFormCollection fields = FormCollection.Empty;

    /// <summary>Sets the form that the request submitted.</summary>
    public void Is(string form, IFormCollection sent) => (name, fields) = (form, sent);

    public bool CanMap(Type valueType, string scopeName, string? formName) => name is not null && (formName is null || formName == name);

    public void Map(FormValueMappingContext context) =>
        context.SetResult(
            readers.TryGetValue(context.ValueType, out var read)
                ? read(fields, context.ParameterName)
                : Object(context.ValueType, context.ParameterName)
        );

    /// <exception cref="NotSupportedException">A property has an unsupported type.</exception>
    public static void Check(Type type)
    {
        if (!readers.ContainsKey(type)) PropertiesOf(type);
    }

    /// <summary>Null if the form has none of its fields. Properties without a field keep their initial value.</summary>
    object? Object(Type type, string parameter)
    {
        var sent = objects.GetOrAdd(type, PropertiesOf).Where(p => fields.ContainsKey($"{parameter}.{p.Property.Name}")).ToList();
        if (sent.Count == 0) return null;
        var made = Activator.CreateInstance(type)!;
        foreach (var (property, read) in sent) property.SetValue(made, read(fields, $"{parameter}.{property.Name}"));
        return made;
    }

    static IReadOnlyList<(PropertyInfo, Reading)> PropertiesOf(Type type) =>
        [.. type.GetProperties().Where(p => p.SetMethod is { IsPublic: true })
            .Select(p => (p, readers.TryGetValue(p.PropertyType, out var read)
                ? read
                : throw new NotSupportedException($"{type.Name}.{p.Name}: fields of type {p.PropertyType} are not known here.")))];

    static string? Text(IFormCollection form, string field) => form.TryGetValue(field, out var sent) ? sent[0] : null;

    static long? Number(IFormCollection form, string field, long min = long.MinValue, long max = long.MaxValue) =>
        Number(Text(form, field)) is { } number && number >= min && number <= max ? number : null;

    static IEnumerable<long>? Numbers(IFormCollection form, string field) =>
        form.TryGetValue(field, out var sent) ? sent.Select(Number).OfType<long>() : null;

    static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;
}
