using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Community.Kernel;

/// <summary>Columns that are compared and sorted byte by byte on either database, whatever its default collation.</summary>
public static class ByteOrder
{
    const string Mark = "Community:ByBytes";

    public static PropertyBuilder<string> SortedByBytes(this PropertyBuilder<string> property) => property.HasAnnotation(Mark, true);

    internal static void Apply(ModelBuilder model, bool sqlite)
    {
        foreach (var property in model.Model.GetEntityTypes().SelectMany(e => e.GetProperties()))
            if (property.RemoveAnnotation(Mark) is not null) property.SetCollation(sqlite ? "BINARY" : "C");
    }
}
