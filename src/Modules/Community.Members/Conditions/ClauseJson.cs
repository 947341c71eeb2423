using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Community.Members;

/// <summary>
/// The stored form of a selection. A condition is <c>{"boards.posted":{"days":30}}</c>, its complement <c>{"not":{…}}</c>, a group
/// <c>{"all":[…]}</c>, <c>{"any":[…]}</c> or <c>{"none":[…]}</c>. Several conditions in one object all have to fit.
/// </summary>
static class ClauseJson
{
    static readonly JsonWriterOptions readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(ClauseGroup root)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text, readable)) WriteRoot(json, root);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    static void WriteRoot(Utf8JsonWriter json, ClauseGroup root)
    {
        var plain = root.Clauses.OfType<ConditionClause>().Where(c => !c.Not).ToList();
        if (root.Match is Combine.All && plain.Count == root.Clauses.Count && plain.DistinctBy(c => c.Key).Count() == plain.Count)
        {
            json.WriteStartObject();
            foreach (var condition in plain) WriteValues(json, condition);
            json.WriteEndObject();
        }
        else Write(json, root);
    }

    static void WriteValues(Utf8JsonWriter json, ConditionClause condition)
    {
        json.WritePropertyName(condition.Key);
        condition.Values.WriteTo(json);
    }

    static void Write(Utf8JsonWriter json, Clause clause)
    {
        json.WriteStartObject();
        if (clause is ClauseGroup group)
        {
            json.WriteStartArray(group.Match.ToString().ToLowerInvariant());
            foreach (var inner in group.Clauses) Write(json, inner);
            json.WriteEndArray();
        }
        else if (clause is ConditionClause condition)
        {
            if (condition.Not) json.WriteStartObject("not");
            WriteValues(json, condition);
            if (condition.Not) json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    /// <exception cref="JsonException">It is no selection.</exception>
    public static ClauseGroup Read(string json)
    {
        using var document = JsonDocument.Parse(json, new() { MaxDepth = 64 });
        return ReadClauses(document.RootElement) is [ClauseGroup group] ? group : new(Combine.All, ReadClauses(document.RootElement));
    }

    static List<Clause> ReadClauses(JsonElement of)
    {
        if (of.ValueKind is not JsonValueKind.Object) throw new JsonException("A selection is an object.");
        return [.. of.EnumerateObject().Select(Clause (p) => p.Name switch
        {
            "all" or "any" or "none" => new ClauseGroup(
                Enum.Parse<Combine>(p.Name, ignoreCase: true),
                [.. p.Value.EnumerateArray().Select(One)]
            ),
            "not" => One(p.Value) switch
            {
                ConditionClause condition => condition with { Not = !condition.Not },
                var group => new ClauseGroup(Combine.None, [group]),
            },
            _ => new ConditionClause(p.Name, p.Value.Clone()),
        })];
    }

    static Clause One(JsonElement of) => ReadClauses(of) is [var only] ? only : new ClauseGroup(Combine.All, ReadClauses(of));
}
