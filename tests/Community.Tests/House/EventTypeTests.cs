using System.Reflection;
using Community.Web;

namespace Community.Tests.House;

/// <summary>Events hold ids and no words: erasing a person must not have to search the logs of the sites.</summary>
public sealed class EventTypeTests
{
    static readonly EventList events = Registered();

    static EventList Registered()
    {
        var list = new EventList();
        foreach (var module in HostModules.All) module.AddEvents(list);
        return list;
    }

    static IEnumerable<Type> Defined =>
        HostModules.All.Select(m => m.Assembly).Append(typeof(SiteEvent).Assembly).Distinct()
            .SelectMany(a => a.GetTypes())
            .Where(t => t.IsSubclassOf(typeof(SiteEvent)));

    [Fact]
    public void Every_event_holds_only_ids_numbers_enumerations_times_and_flags()
    {
        Assert.NotEmpty(Defined);
        foreach (var type in Defined)
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
                Assert.True(IsPlain(property.PropertyType), $"{type.Name}.{property.Name} may hold words of people. Keep an id.");
    }

    [Fact]
    public void Every_event_is_registered_under_its_modules_name()
    {
        foreach (var type in Defined) Assert.Contains(type, events.Types.Values);
        foreach (var (name, type) in events.Types)
            Assert.StartsWith(type.Assembly.GetName().Name!.Split('.')[^1].ToLowerInvariant() + ".", name);
    }

    [Fact]
    public void Every_event_can_be_read_back()
    {
        foreach (var type in events.Types.Values)
        {
            var values = type.GetConstructors()[0].GetParameters().Select(p => Sample(p.ParameterType)).ToArray();
            var happened = (SiteEvent)Activator.CreateInstance(type, values)!;
            Assert.Equal(happened, events.Read(events.Write(happened, DateTime.UtcNow, null)).Event);
        }
    }

    static bool IsPlain(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsEnum
            || type == typeof(long)
            || type == typeof(int)
            || type == typeof(bool)
            || type == typeof(DateTime)
            || type == typeof(DateOnly)
            || type == typeof(Guid);
    }

    static object? Sample(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum) return Enum.GetValues(type).GetValue(0);
        if (type == typeof(long)) return 7L;
        if (type == typeof(int)) return 3;
        if (type == typeof(DateTime)) return new DateTime(2026, 11, 26, 8, 0, 0, DateTimeKind.Utc);
        return Activator.CreateInstance(type);
    }
}
