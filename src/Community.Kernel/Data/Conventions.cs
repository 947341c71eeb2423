using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Community.Kernel;

/// <summary>Mapping conventions of both databases: times, enums and column names.</summary>
static class Conventions
{
    public static void Apply(ModelConfigurationBuilder builder, bool sqlite)
    {
        if (sqlite) builder.Properties<DateTime>().HaveConversion<UnixMilliseconds>();
        else builder.Properties<DateTime>().HaveConversion<UtcToMilliseconds>().HaveColumnType("timestamptz");
        builder.Properties<Enum>().HaveConversion<string>().HaveMaxLength(40);
    }

    /// <summary>Columns as <c>snake_case</c>, so that hand-written SQL needs no quotes on PostgreSQL.</summary>
    public static void NameColumns(ModelBuilder model)
    {
        foreach (var entity in model.Model.GetEntityTypes())
            foreach (var property in entity.GetProperties())
                if (!entity.IsMappedToJson()) property.SetColumnName(Snake(property.Name));
    }

    public static string Snake(string name) =>
        string.Concat(
            name.Select(
                (c, i) => char.IsUpper(c) ? (i > 0 && !char.IsUpper(name[i - 1]) ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()
            )
        );

    public static DateTime ToMilliseconds(DateTime t) => new(t.Ticks - t.Ticks % TimeSpan.TicksPerMillisecond, DateTimeKind.Utc);

    sealed class UnixMilliseconds() : ValueConverter<DateTime, long>(
        t => (long)Math.Floor((ToMilliseconds(t) - DateTime.UnixEpoch).TotalMilliseconds), ms => DateTime.UnixEpoch.AddMilliseconds(ms));

    sealed class UtcToMilliseconds()
        : ValueConverter<DateTime, DateTime>(t => ToMilliseconds(t), t => DateTime.SpecifyKind(t, DateTimeKind.Utc));
}
