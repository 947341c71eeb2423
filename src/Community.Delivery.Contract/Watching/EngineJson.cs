using System.Text.Json;
using System.Text.Json.Serialization;

namespace Community.Bulk;

/// <summary>How the engine and the console write to each other what is shown. An unknown field is left out: versions may differ.</summary>
public static class EngineJson
{
    public static readonly JsonSerializerOptions Options =
        new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };
}
